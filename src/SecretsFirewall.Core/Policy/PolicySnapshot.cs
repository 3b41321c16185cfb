using System.Collections.Frozen;
using SecretsFirewall.Commands;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;
using SecretsFirewall.Policy.Tools;

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

    public PriceTable Prices { get; internal init; } = PriceTable.Empty;

    /// <summary>What may be spent on model calls, by id.</summary>
    public IReadOnlyList<Budget> Budgets { get; internal init; } = [];

    /// <summary>Whether masked values that are in no vault are kept for the agent that they were masked for, in memory alone.</summary>
    public bool Captures => _redaction.Captures;

    /// <summary>Whether the policy says anything about tool calls. Where it does not, nobody looks for them.</summary>
    public bool GatesToolCalls => ToolRules is not null;

    internal const string McpToolCall = "tools/call";

    /// <summary>Whether the policy says anything about a stage that is otherwise not asked: MCP messages, requests to models, tools that are offered.</summary>
    public bool AsksAt(PolicyStage stage) => Further.ContainsKey(stage);

    /// <summary>Whether the descriptions of MCP tools are kept, so that a changed one waits for a person.</summary>
    public bool PinsMcpTools { get; internal init; }

    /// <summary>Whether a request that offers a tool which the agent may not have is refused, and not only relieved of it.</summary>
    public bool RefusesOffers { get; internal init; }

    internal FrozenDictionary<PolicyStage, StageRules> Further { get; init; } = FrozenDictionary<PolicyStage, StageRules>.Empty;

    /// <summary>Null where all calls are allowed.</summary>
    internal RuleTable? ToolRules { get; init; }

    internal DefaultAnswer ToolDefault { get; init; } = DefaultAnswer.ToolsDenied;

    /// <summary>What is said of a call that no rule matches and whose argument is a program.</summary>
    internal DefaultAnswer CarrierDefault { get; init; } = DefaultAnswer.CarriersPending;

    internal ToolTable Tools { get; init; } = ToolTable.Empty;

    /// <summary>What rules call a tool; null for one that nobody listed.</summary>
    public string? CanonicalTool(string tool) => Tools.Find(tool)?.Canonical;

    /// <summary>Null where there is no table of commands: a command is then one that nobody could parse.</summary>
    internal CommandClassifier? Commands { get; init; }

    /// <summary>Null where nobody knows what requests do.</summary>
    internal OperationTable? Operations { get; init; }

    /// <summary>Null where only rules that say a class bring the matrix in.</summary>
    internal ClassMatrix? Matrix { get; init; }

    /// <summary>Whether anything is refused for what the policy says.</summary>
    public PolicyMode Mode { get; init; }

    /// <summary>What is to be told beside what every question says.</summary>
    public FactsAsked Asks { get; init; } = FactsAsked.Nothing;

    /// <summary>
    /// What a request does at a service that the table knows; null elsewhere, and where the policy does not ask. A path with two readings is judged by the worse one.
    /// </summary>
    /// <param name="request">With the path as the client sent it.</param>
    public OperationVerdict? OperationOf(OperationRequest request)
    {
        if (!Asks.Operations || Operations is not { } table)
        {
            return null;
        }

        if (PathRules.Read(request.Path) is not { } path)
        {
            return table.Classify(request with { Path = "" }) is { } known ? known with { Class = CommandClass.CriticalRed, Reason = "Its path can be read in more than one way." } : null;
        }

        var joined = table.Classify(request with { Path = path.Joined });
        return path.IsOne || table.Classify(request with { Path = path.Split }) is not { } split || joined!.Class < split.Class ? joined : split;
    }

    public PolicyDecision Decide(PolicyFacts facts) => Decide(facts, []);

    /// <param name="setAside">Rules by id, and what else stands as a rule in an answer: each of them allows what it would refuse, and all others hold as ever.</param>
    public PolicyDecision Decide(PolicyFacts facts, IReadOnlyList<string> setAside)
    {
        var question = QuestionOf(facts);
        var ruling = RulesOf(facts.On).Decide(question, setAside);
        var byDefault = DefaultOf(question);
        byDefault = setAside.Contains(byDefault.Rule) ? byDefault with { Outcome = PolicyOutcome.Allow } : byDefault;
        var byClass = ClassRuling.Of(question, ruling, Matrix);
        byClass = setAside.Contains(byClass.Rule) ? byClass with { Answer = ClassAnswer.Allow } : byClass;
        var answer = Answer(question, ruling, byDefault, byClass);
        var awaits = (byClass.Awaits && answer.Outcome is PolicyOutcome.Allow) || (ruling.Awaits && (answer.Outcome is PolicyOutcome.Allow || (ruling is { AwaitsAllow: true, Strictest: null, Broken: null } && byClass.Outcome is PolicyOutcome.Allow)));
        var outcome = awaits || Mode is PolicyMode.Observe ? PolicyOutcome.Allow : answer.Outcome;
        return new PolicyDecision
        {
            Outcome = outcome,
            Observed = awaits || outcome == answer.Outcome ? null : answer.Outcome,
            Rule = answer.Rule,
            Reason = answer.Reason,
            Advice = answer.Advice,
            Class = byClass.Class,
            IsExternal = byClass.IsExternal,
            Approval = answer.Outcome is PolicyOutcome.Pending ? Terms(answer.By?.Effects.Approval ?? ApprovalTerms.Default, byClass.Role) : null,
            Guidance = answer.By?.Effects.Guidance,
            Alternatives = answer.By?.Effects.Alternatives ?? [],
            Conditions = answer.By?.Effects.Conditions ?? [],
            Limits = ruling.Limits,
            Shadow = ruling.Shadows(),
            AwaitsInspection = awaits,
            Kind = question.Kind,
            Provider = question.Destination.Listed?.Provider,
            AllowPrivate = question.Destination.Listed?.AllowPrivate ?? false,
            Opaque = answer.Outcome == PolicyOutcome.Allow ? ruling.Opaque?.Opaque : null,
            RequestPlan = ruling.Redact(_redaction.Request(question.Kind, facts.At), Direction.Request),
            ResponsePlan = ruling.Redact(_redaction.Response(question.Kind, facts.At), Direction.Response),
            Matched = ruling.Matched(),
            PathUndecided = question.PathUndecided,
            RestsOnMethod = question.RestsOnMethod || (facts.Operation is not null && Matrix is not null),
        };
    }

    internal Question QuestionOf(PolicyFacts facts) => new(facts, _destinations.Find(facts.Destination), Tools, Commands);

    private RuleTable RulesOf(PolicyStage stage) => stage switch
    {
        PolicyStage.ToolCall => ToolRules ?? NoToolRules,
        PolicyStage.McpCall or PolicyStage.ModelRequest or PolicyStage.ToolOffer => Further.GetValueOrDefault(stage)?.Rules ?? NoToolRules,
        PolicyStage.Request => _requestRules,
        _ => _connectRules,
    };

    private DefaultAnswer DefaultOf(Question question) => question.Facts.On switch
    {
        PolicyStage.ToolCall => DefaultOfCall(question),
        PolicyStage.McpCall when question.Facts.McpMethod != McpToolCall => DefaultAnswer.NothingRefuses,
        PolicyStage.McpCall or PolicyStage.ModelRequest or PolicyStage.ToolOffer => Further.GetValueOrDefault(question.Facts.On)?.Default ?? DefaultAnswer.NothingRefuses,
        _ => _default,
    };

    private DefaultAnswer DefaultOfCall(Question question) =>
        !GatesToolCalls ? DefaultAnswer.ToolsAllowed
        : ToolDefault.Outcome is PolicyOutcome.Deny || !question.Tool.IsCarrier ? ToolDefault
        : CarrierDefault;

    /// <summary>The strictest of rules, default and class. A rule that broke denies.</summary>
    private static Answered Answer(Question question, in Ruling ruling, DefaultAnswer byDefault, in ClassRuling byClass)
    {
        if (ruling.Broken is { } broken && ruling.Outcome is not PolicyOutcome.Deny)
        {
            return new Answered(PolicyOutcome.Deny, broken.Id, "The rule could not be evaluated, so it denies.", "The operator can find the fault with sfw policy test.", broken);
        }

        var rule = ruling.Strictest;
        var outcome = rule is null ? byDefault.Outcome : ruling.Outcome;
        return byClass.Outcome < outcome ? new Answered(byClass.Outcome, byClass.Rule, byClass.Reason(question.Facts.Level), null, null)
            : rule is not null ? new Answered(outcome, rule.Id, rule.Reason, rule.Advice, rule)
            : new Answered(outcome, byDefault.Rule, byDefault.Reason, byDefault.Advice, null);
    }

    // The highest role of rule and class.
    private static ApprovalTerms Terms(ApprovalTerms said, ApproverRole? byClass) => byClass > said.Role ? said with { Role = byClass.Value } : said;

    private readonly record struct Answered(PolicyOutcome Outcome, string Rule, string Reason, string? Advice, PolicyRule? By);

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
    public const string CarrierRule = "code_carrier";

    /// <summary>What stands as the rule.</summary>
    public string Rule { get; init; } = PolicySnapshot.DefaultRule;

    public static DefaultAnswer CarriersPending { get; } = OfCarriers(PolicyOutcome.Pending);

    public static DefaultAnswer ToolsDenied { get; } = new(PolicyOutcome.Deny, "No rule allows this tool call.", "The operator can allow the tool by a rule with on: tool_call.");

    public static DefaultAnswer NothingRefuses { get; } = new(PolicyOutcome.Allow, "No rule refuses it.", null);

    public static DefaultAnswer ToolsAllowed { get; } = new(PolicyOutcome.Allow, "No rule refuses this tool call.", null);

    public static DefaultAnswer OfCarriers(PolicyOutcome outcome) => new(
        outcome,
        "The argument of this call is a program, and nobody sees what it does.",
        outcome is PolicyOutcome.Allow ? null : "Use a tool that takes a command line, or let the operator allow the program by a rule with code_carrier, or all by defaults.code_carrier.")
    {
        Rule = CarrierRule,
    };
}
