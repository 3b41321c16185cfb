using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Rules;

/// <summary>What a rule brings beside its outcome.</summary>
internal sealed record RuleEffects
{
    public static RuleEffects None { get; } = new();

    public CommandClass? Class { get; init; }

    public bool? External { get; init; }

    /// <summary>Whom a pending rule waits for; null where it does not say.</summary>
    public ApprovalTerms? Approval { get; init; }

    public string? Guidance { get; init; }

    public IReadOnlyList<string> Alternatives { get; init; } = [];

    public PolicyLimits Limits { get; init; } = PolicyLimits.None;

    public IReadOnlyList<RuleRedaction> Redactions { get; init; } = [];

    /// <summary>The match in words, a line for each member.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];
}
