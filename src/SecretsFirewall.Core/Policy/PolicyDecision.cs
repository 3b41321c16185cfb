using System.Text.Json;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>The answer to one <see cref="PolicyFacts"/>, with its explanation. Equal facts give equal answers. The zero value refuses.</summary>
public sealed record PolicyDecision
{
    public PolicyOutcome Outcome { get; init; }

    /// <summary>The id of the rule that decided; <c>default</c> where none matched.</summary>
    public required string Rule { get; init; }

    /// <summary>One sentence from the policy; it holds nothing that the request said.</summary>
    public required string Reason { get; init; }

    /// <summary>What the agent may do instead, or the edit that would allow it.</summary>
    public string? Advice { get; init; }

    /// <summary>Under a policy that only observes: what it says, where that is not to allow. <see cref="Outcome"/> is allow then.</summary>
    public PolicyOutcome? Observed { get; init; }

    /// <summary>What the action is; null where neither a rule nor the command table says.</summary>
    public CommandClass? Class { get; init; }

    /// <summary>Something leaves toward people or the public.</summary>
    public bool IsExternal { get; init; }

    /// <summary>The class as policies spell it, with <c>+external</c> where something leaves; null where nothing has one.</summary>
    public string? ClassWord => Class is { } known ? Word(known) + (IsExternal ? "+external" : "") : null;

    /// <summary>Whom the action waits for; null unless the outcome is <see cref="PolicyOutcome.Pending"/>.</summary>
    public ApprovalTerms? Approval { get; init; }

    /// <summary>What the agent is to do instead.</summary>
    public string? Guidance { get; init; }

    /// <summary>Short ways to do it otherwise.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>What the deciding rule asks for, a line each, in the order of their names; empty for a default.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    public PolicyLimits Limits { get; init; } = PolicyLimits.None;

    /// <summary>What rules in shadow would have said, by their ids.</summary>
    public IReadOnlyList<ShadowDecision> Shadow { get; init; } = [];

    /// <summary>Rules that could apply ask for what only the inspected request shows: ask again with <see cref="PolicyFacts.IsInspected"/>, and forward nothing before.</summary>
    public bool AwaitsInspection { get; init; }

    /// <summary>What the destination is for; model traffic on a host that no policy lists counts as <see cref="DestinationKind.Llm"/>.</summary>
    public DestinationKind Kind { get; init; }

    /// <summary>Whose host it is, such as <c>anthropic</c>; null where the policy does not say.</summary>
    public string? Provider { get; init; }

    /// <summary>Whether the host may resolve to a private or loopback address.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>The rule by which this tunnel is carried unread; null where it is read, which is nearly always.</summary>
    public OpaqueRule? Opaque { get; init; }

    public RedactionPlan RequestPlan { get; init; } = RedactionPlan.BlockAll;

    public RedactionPlan ResponsePlan { get; init; } = RedactionPlan.BlockAll;

    /// <summary>The ids of all the rules that matched, in the order of their ids.</summary>
    public IReadOnlyList<string> Matched { get; init; } = [];

    /// <summary>
    /// A rule that could apply asks for the path, and the path reads differently to different servers
    /// (<see cref="PathRules.IsAmbiguous"/>): refuse as an attempt to bypass.
    /// </summary>
    public bool PathUndecided { get; init; }

    /// <summary>A rule that could apply asks for the method, so a header that overrides the method must be refused.</summary>
    public bool RestsOnMethod { get; init; }

    /// <summary>A class as policies spell it.</summary>
    public static string Word(CommandClass known) => JsonNamingPolicy.SnakeCaseLower.ConvertName(known.ToString());
}
