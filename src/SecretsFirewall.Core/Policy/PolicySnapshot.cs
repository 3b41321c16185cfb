using System.Collections.Frozen;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy;

/// <summary>A policy ready to answer: immutable, and a pure function from facts to a decision. Any number of threads may ask.</summary>
public sealed class PolicySnapshot
{
    internal const string DefaultRule = "default";

    private readonly DestinationTable _destinations;
    private readonly IReadOnlyList<HostPattern> _allowed;
    private readonly RuleTable _connectRules;
    private readonly RuleTable _requestRules;
    private readonly RedactionTable _redaction;
    private readonly DefaultAnswer _default;

    internal PolicySnapshot(
        PolicyIdentity identity,
        DestinationTable destinations,
        IReadOnlyList<HostPattern> allowed,
        RuleTable connectRules,
        RuleTable requestRules,
        RedactionTable redaction,
        DetectionChoices detection,
        DefaultAnswer defaultAnswer)
    {
        Name = identity.Name;
        Revision = identity.Revision;
        Hash = identity.Hash;
        _destinations = destinations;
        _allowed = allowed;
        _connectRules = connectRules;
        _requestRules = requestRules;
        _redaction = redaction;
        Detection = detection;
        _default = defaultAnswer;
    }

    /// <summary>What is in force where no policy could be loaded: everything is denied.</summary>
    public static PolicySnapshot DenyAll { get; } = new(
        new PolicyIdentity("none", 0, "sha256:none"),
        new DestinationTable(NoHosts<ListedDestination>(), []),
        [],
        new RuleTable([], NoHosts<PolicyRule>()),
        new RuleTable([], NoHosts<PolicyRule>()),
        new RedactionTable(new Dictionary<DestinationKind, RedactionPlan>(), new Dictionary<DestinationKind, RedactionPlan>(), []),
        new DetectionChoices(),
        new DefaultAnswer(PolicyOutcome.Deny, "No policy is in force.", "The operator runs sfw status to see why the policy did not load."));

    public string Name { get; }

    public int Revision { get; }

    /// <summary><c>sha256:</c> and the hash of what <c>sha256sum</c> prints for the policy's files, then for its rule files, each in the order of their names.</summary>
    public string Hash { get; }

    public DetectionChoices Detection { get; }

    /// <summary>The origins that may be called by name, without a proxy: <c>/@name/…</c>.</summary>
    public FrozenDictionary<string, Destination> Upstreams { get; internal init; } = FrozenDictionary<string, Destination>.Empty;

    /// <summary>The rules by which tunnels are carried unread, those that have ended among them, by id.</summary>
    public IReadOnlyList<OpaqueRule> Opaque { get; internal init; } = [];

    /// <summary>Whether masked values that are in no vault are kept for the agent that they were masked for, in memory alone.</summary>
    public bool Captures => _redaction.Captures;

    /// <summary>Whether the policy says anything about tool calls. Where it does not, nobody looks for them.</summary>
    public bool GatesToolCalls => ToolRules is not null;

    /// <summary>Null where all calls are allowed.</summary>
    internal RuleTable? ToolRules { get; init; }

    internal DefaultAnswer ToolDefault { get; init; } = DefaultAnswer.ToolsDenied;

    public PolicyDecision Decide(PolicyFacts facts)
    {
        var destination = _destinations.Find(facts.Destination);
        var question = new Question(facts, destination);
        var rules = facts.On switch
        {
            PolicyStage.ToolCall => ToolRules ?? NoToolRules,
            PolicyStage.Request => _requestRules,
            _ => _connectRules,
        };
        var rule = rules.Decide(question, out var matched, out var opaque);
        var byDefault = facts.On is not PolicyStage.ToolCall ? _default : GatesToolCalls ? ToolDefault : DefaultAnswer.ToolsAllowed;
        var outcome = rule?.Outcome ?? byDefault.Outcome;
        return new PolicyDecision
        {
            Outcome = outcome,
            Rule = rule?.Id ?? DefaultRule,
            Reason = rule?.Reason ?? byDefault.Reason,
            Advice = rule is null ? byDefault.Advice : rule.Advice,
            Approval = outcome == PolicyOutcome.Pending ? rule?.Approval ?? ApprovalTerms.Default : null,
            Kind = question.Kind,
            Provider = destination.Listed?.Provider,
            AllowPrivate = destination.Listed?.AllowPrivate ?? false,
            Opaque = outcome == PolicyOutcome.Allow ? opaque : null,
            RequestPlan = _redaction.Request(question.Kind, facts.At),
            ResponsePlan = _redaction.Response(question.Kind, facts.At),
            Matched = matched,
            PathUndecided = question.PathUndecided,
            RestsOnMethod = question.RestsOnMethod,
        };
    }

    /// <summary>What the policy lists the destination as; <see cref="DestinationKind.Other"/> where it does not.</summary>
    public DestinationKind KindOf(Destination destination) => _destinations.Find(destination).Listed?.Kind ?? DestinationKind.Other;

    /// <summary>Where an agent may connect over TLS, of what the policy names: by its destinations, and by the hosts of its rules that allow.</summary>
    public ReachableHosts ReachableBy(string agent, int level, DateTimeOffset at)
    {
        return new ReachableHosts(
            HostPattern.Reduce(_destinations.Patterns.Concat(_allowed)
                .Where(pattern => pattern.Samples.Any(host => pattern.Ports.Any(port => MayConnect(host, port))))
                .Select(static pattern => pattern.CommonDomain)),
            MayConnect("a.name.that.no.policy.says.invalid", 443));

        bool MayConnect(string host, int port) => Decide(new PolicyFacts
        {
            On = PolicyStage.Connect,
            Agent = agent,
            Level = level,
            Destination = new Destination(Uri.UriSchemeHttps, host, port),
            At = at,
        }).Outcome is PolicyOutcome.Allow;
    }

    private static RuleTable NoToolRules { get; } = new([], NoHosts<PolicyRule>());

    internal static HostIndex<T> NoHosts<T>()
    {
        var none = Array.Empty<T>().ToLookup(_ => "");
        return new HostIndex<T>(none, none, none);
    }
}

internal sealed record PolicyIdentity(string Name, int Revision, string Hash);

/// <summary>What happens where no rule matches.</summary>
internal sealed record DefaultAnswer(PolicyOutcome Outcome, string Reason, string? Advice)
{
    public static DefaultAnswer ToolsDenied { get; } = new(PolicyOutcome.Deny, "No rule allows this tool call.", "The operator can allow the tool by a rule with on: tool_call.");

    public static DefaultAnswer ToolsAllowed { get; } = new(PolicyOutcome.Allow, "No rule refuses this tool call.", null);
}
