using System.ComponentModel;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

internal enum RuleMode
{
    Enforce = 0,

    /// <summary>Asked and recorded, and nothing is done about it.</summary>
    Shadow,
}

/// <summary>What becomes of findings of some rules in exchanges that a rule allows.</summary>
internal sealed record RedactDocument
{
    [Description("Ids of detection rules, or patterns with * for any characters.")]
    public required string[] Rules { get; init; }

    [Description("request or response; both where it is not said.")]
    public Direction? Direction { get; init; }

    [Description("mask or block. What the plan of redaction does already is never done less strictly.")]
    public required FindingAction Action { get; init; }
}

internal sealed record LimitsDocument
{
    [Description("Bytes of the request's body, as sent.")]
    public long? RequestBytes { get; init; }

    [Description("Bytes of the answer's body.")]
    public long? ResponseBytes { get; init; }
}
