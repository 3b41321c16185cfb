using System.ComponentModel;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// What a policy says about detection rules, by their ids. May stand in any number of files: the lists are joined. An id or a pattern of ids
/// (<c>aws-*</c>) that names no rule refuses the policy.
/// </summary>
internal sealed record DetectionDocument
{
    [Description("Rules that are shipped off and are looked for here.")]
    public string[]? On { get; init; }

    [Description("Rules that nobody looks for.")]
    public string[]? Off { get; init; }

    [Description("What becomes of the findings of single rules, instead of what redaction says. Of several that name a rule, the strictest wins.")]
    public RuleActionDocument[]? Actions { get; init; }

    [Description("Hosts at which secrets are at home beside the provider's own, such as a package index or a server of your own.")]
    public RuleAudienceDocument[]? Audience { get; init; }

    [Description("Findings that are let pass, until a day.")]
    public IgnoreDocument[]? Ignore { get; init; }
}

internal sealed record RuleActionDocument
{
    [Description("Ids, or patterns with * for any characters.")]
    public required string[] Rules { get; init; }

    [Description("request or response; both where it is not said.")]
    public Direction? Direction { get; init; }

    [Description("Kinds of destinations; all where it is not said.")]
    public DestinationKind[]? Kinds { get; init; }

    [Description("mask, block, alert or pass.")]
    public required FindingAction Action { get; init; }

    public string? Reason { get; init; }
}

internal sealed record RuleAudienceDocument
{
    [Description("Ids, or patterns with * for any characters.")]
    public required string[] Rules { get; init; }

    [Description("Host names, or *. and a domain for all of its subdomains.")]
    public required string[] Hosts { get; init; }
}

internal sealed record IgnoreDocument
{
    [Description("The finding's name as the audit has it (auto.<rule>.<tag>), or its tag alone: eight hex digits, the same for one value under any rule.")]
    public required string Fingerprint { get; init; }

    [Description("Why this is no secret, or may be known.")]
    public required string Reason { get; init; }

    [Description("The last day on which it holds, in UTC.")]
    public required DateOnly Expires { get; init; }
}

/// <summary>Which way a finding was going.</summary>
internal enum Direction
{
    Request = 0,
    Response,
}

/// <summary>What is done about a secret on its way to where it is at home, in a place of authentication.</summary>
internal enum AudienceWord
{
    /// <summary>What the plan says about it anywhere else.</summary>
    Apply = 0,

    /// <summary>Left as it is, and recorded.</summary>
    Pass,
}
