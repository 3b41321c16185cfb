using System.ComponentModel;

namespace SecretsFirewall.Policy.Documents;

internal enum RuleMode
{
    Enforce = 0,

    /// <summary>Asked and recorded, and nothing is done about it.</summary>
    Shadow,
}

internal sealed record ApprovalDocument
{
    [Description("Who may say yes: approver or admin; approver where it is not said.")]
    public string? Role { get; init; }

    [Description("How long the question stays open, such as 30m or 1h: 24h at most, 1h where it is not said.")]
    public string? Ttl { get; init; }
}

internal sealed record LimitsDocument
{
    [Description("Bytes of the request's body, as sent.")]
    public long? RequestBytes { get; init; }

    [Description("Bytes of the answer's body.")]
    public long? ResponseBytes { get; init; }
}
