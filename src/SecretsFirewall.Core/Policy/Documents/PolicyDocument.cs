using System.ComponentModel;
using System.Text.Json.Serialization;
using SecretsFirewall.Commands;
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

    [Description("What is done about servers of the Model Context Protocol beside the rules on mcp_call. Said once per folder.")]
    public McpDocument? Mcp { get; init; }

    [Description("What becomes of a tool that a request offers and no rule on tool_offer allows: remove (where it is not said) takes it out of the request, refuse refuses the request. Said once per folder.")]
    public OfferWord? Offers { get; init; }

    [Description("What becomes of findings. Said once per folder.")]
    public RedactionDocument? Redaction { get; init; }

    [Description("What is said about detection rules by their ids. In any number of files: the lists are joined.")]
    public DetectionDocument? Detection { get; init; }

    [Description("Tools that are one under several names, and where their calls hold commands. In any number of files, over the shipped ones.")]
    public ToolDocument[]? Tools { get; init; }

    [Description("Class by level: what an agent may do alone. Said once per folder at most; without it, classes count only where rules say them.")]
    public MatrixDocument? Matrix { get; init; }

    [Description("observe: the policy decides and records, and nothing is refused for what it says. Said once per folder at most; enforce where it is not said.")]
    public PolicyMode? Mode { get; init; }

    [Description("What models cost. In any number of files: the lists are joined.")]
    public PriceDocument[]? Prices { get; init; }

    [Description("What may be spent on model calls.")]
    public BudgetDocument[]? Budgets { get; init; }

    [Description("Questions with the answers that this policy must give; a wrong answer refuses the policy.")]
    public CaseDocument[]? Cases { get; init; }
}

internal sealed record DefaultsDocument
{
    [Description("The outcome where no rule matches.")]
    public required PolicyOutcome Host { get; init; }

    [Description("allow or deny a tool call that no rule with on: tool_call matches; deny where it is not said. Without such rules, and where it is not deny, calls are not looked for.")]
    public PolicyOutcome? Tool { get; init; }

    [Description("A tool call whose argument is a program, and that no rule matches: pending where it is not said.")]
    public PolicyOutcome? CodeCarrier { get; init; }

    [Description("allow or deny an MCP tools/call that no rule with on: mcp_call matches; deny where it is not said. Other methods are allowed unless a rule refuses them.")]
    public PolicyOutcome? McpTool { get; init; }

    [Description("allow or deny a model's request that no rule with on: model_request matches; deny where it is not said. Without such rules, and where it is not deny, nobody asks.")]
    public PolicyOutcome? Model { get; init; }

    [Description("allow or deny a tool that is offered a model and that no rule with on: tool_offer matches; deny where it is not said. Without such rules, and where it is not deny, nobody asks.")]
    public PolicyOutcome? Offer { get; init; }

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

    [Description("What the action is, whatever the command table says: the worst of the matching rules that say one. The matrix decides with it.")]
    public CommandClass? Class { get; init; }

    [Description("Whether something leaves toward people or the public, so that the external gate is asked; true on a request to an unlisted host where class is said and this is not.")]
    public bool? External { get; init; }

    [Description("shadow: the rule is asked and recorded, and nothing is done about what it says.")]
    public RuleMode Mode { get; init; }

    [Description("Whom a rule with the outcome pending waits for, and how long.")]
    public ApprovalDocument? Approval { get; init; }

    [Description("What the agent is to do instead, for steer.")]
    public string? Guidance { get; init; }

    [Description("Short ways to do it otherwise, for steer.")]
    public string[]? Alternatives { get; init; }

    [Description("What may be carried where the rule allows. Of all matching allows the smallest counts.")]
    public LimitsDocument? Limits { get; init; }

    [Description("What becomes of findings, more strictly than redaction says, in requests that the rule allows and in their answers. What all matching allows say is done.")]
    public RedactDocument[]? Redact { get; init; }

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
