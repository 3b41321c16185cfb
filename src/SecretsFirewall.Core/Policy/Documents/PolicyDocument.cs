using System.ComponentModel;
using System.Text.Json.Serialization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// One file of a policy, as it is written. The files of a folder are read together: their lists are joined, and what may be said
/// once (name, revision, defaults, redaction) may stand in any one of them. The schema for editors is exported from these records.
/// </summary>
internal sealed record PolicyDocument
{
    /// <summary>The only language version there is; a file in another one is refused.</summary>
    public const string Language = "policy/v1";

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [JsonPropertyName("schema"), Description("The version of the language: policy/v1.")]
    public required string Version { get; init; }

    [Description("The policy's name. Said once per folder.")]
    public string? Name { get; init; }

    [Description("Counts up with every change. Said once per folder.")]
    public int? Revision { get; init; }

    public string? Description { get; init; }

    [Description("What happens where no rule matches. Said once per folder.")]
    public DefaultsDocument? Defaults { get; init; }

    [Description("Named lists that rules refer to by in_set.")]
    public Dictionary<string, string[]>? Sets { get; init; }

    [Description("Which hosts are what.")]
    public DestinationDocument[]? Destinations { get; init; }

    [Description("What is allowed. Their order does not matter: of all that match, the strictest outcome wins.")]
    public RuleDocument[]? Rules { get; init; }

    [Description("Each lifts one refusing rule for a narrower match, until a day.")]
    public ExceptionDocument[]? Exceptions { get; init; }

    [Description("What becomes of findings. Said once per folder.")]
    public RedactionDocument? Redaction { get; init; }

    [Description("What is said about detection rules by their ids. In any number of files: the lists are joined.")]
    public DetectionDocument? Detection { get; init; }

    [Description("Questions with the answers that this policy must give; a wrong answer refuses the policy.")]
    public CaseDocument[]? Cases { get; init; }
}

internal sealed record DefaultsDocument
{
    [Description("The outcome where no rule matches.")]
    public required PolicyOutcome Host { get; init; }

    [Description("allow or deny a tool call that no rule with on: tool_call matches; deny where it is not said. Without such rules, and where it is not deny, calls are not looked for.")]
    public PolicyOutcome? Tool { get; init; }

    public required string Reason { get; init; }

    public string? Advice { get; init; }
}

internal sealed record DestinationDocument
{
    public required string Id { get; init; }

    [Description("llm: a model provider. tool: an API that an agent acts through. registry: a package index or version control host.")]
    public required DestinationKind Kind { get; init; }

    [Description("Whose it is; decides the shape in which refusals are answered.")]
    public string? Provider { get; init; }

    [Description("Exact host names.")]
    public string[]? Hosts { get; init; }

    [Description("Domains with all their subdomains.")]
    public string[]? Under { get; init; }

    [Description("Host names with * for any characters of one label; the last two labels are literal.")]
    public string[]? Glob { get; init; }

    [Description("443 where it is not said.")]
    public int[]? Ports { get; init; }

    [Description("https where it is not said.")]
    public string? Scheme { get; init; }

    [Description("The host may resolve to a private or loopback address.")]
    public bool AllowPrivate { get; init; }

    [Description("The origin behind http://<proxy>/@<id>, for clients that use no proxy: https:// and one of the hosts, with one of the ports.")]
    public string? BaseUrl { get; init; }

    public string? Description { get; init; }
}

internal sealed record RuleDocument
{
    public required string Id { get; init; }

    public required PolicyStage On { get; init; }

    public required PolicyOutcome Outcome { get; init; }

    public required MatchDocument Match { get; init; }

    [Description("One sentence for the agent and its operator. A rule that refuses must have one.")]
    public string? Reason { get; init; }

    [Description("What the agent may do instead, or the edit that would allow it.")]
    public string? Advice { get; init; }

    [Description("Whom a rule with the outcome pending waits for.")]
    public ApprovalDocument? Approval { get; init; }

    [Description("false: the tunnel is carried unread, and nothing in it is bound, masked or seen. Needs on: connect, outcome: allow, one host and one port by eq, a reason and expires.")]
    public bool? Inspect { get; init; }

    [Description("The last day on which a rule with inspect: false holds, in UTC.")]
    public DateOnly? Expires { get; init; }

    public string? Description { get; init; }
}

internal sealed record ExceptionDocument
{
    public required string Id { get; init; }

    [Description("The id of the refusing rule that is lifted.")]
    public required string Rule { get; init; }

    public required MatchDocument Match { get; init; }

    [Description("The last day on which it holds, in UTC.")]
    public required DateOnly Expires { get; init; }

    public required string Owner { get; init; }

    public required string Reason { get; init; }
}
