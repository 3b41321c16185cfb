using System.ComponentModel;

namespace SecretsFirewall.Policy.Documents;

internal enum RuleMode
{
    Enforce = 0,

    /// <summary>Asked and recorded, and nothing is done about it.</summary>
    Shadow,
}

internal sealed record LimitsDocument
{
    [Description("Bytes of the request's body, as sent.")]
    public long? RequestBytes { get; init; }

    [Description("Bytes of the answer's body.")]
    public long? ResponseBytes { get; init; }
}
