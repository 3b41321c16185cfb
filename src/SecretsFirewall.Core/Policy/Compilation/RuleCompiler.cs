using System.Collections.Frozen;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written rules and exceptions to one table per stage.</summary>
internal sealed class RuleCompiler(PolicyDraft draft, RuleIds detection, List<PolicyError> errors)
{
    private static readonly int[] TlsPorts = [443];

    private static readonly string[] Reserved = [PolicySnapshot.DefaultRule, ClassRuling.MatrixRule, ClassRuling.GateRule, DefaultAnswer.CarrierRule];

    private readonly TextTests _texts = new(draft.Sets, errors);
    private readonly AskedFacts _asked = new();
    private readonly List<HostPattern> _allowed = [];

    /// <summary>The hosts that rules allow by name, known once they are compiled.</summary>
    public IReadOnlyList<HostPattern> Allowed => _allowed;

    /// <summary>What the rules ask about, known once they are compiled.</summary>
    public FactsAsked Asked => _asked.Build();

    /// <returns>No table of tool calls where no rule is about them.</returns>
    public (RuleTable Connect, RuleTable Request, RuleTable? ToolCall) Compile(out FrozenDictionary<PolicyStage, RuleTable> further)
    {
        draft.RequireUnique(draft.Rules, "id", rule => rule.Id);
        draft.RequireUnique(draft.Exceptions, "id", exception => exception.Id);
        var exceptions = draft.Exceptions.Where(CanLift).ToLookup(exception => exception.Value.Rule, StringComparer.Ordinal);
        var rules = draft.Rules
            .OrderBy(rule => rule.Value.Id, StringComparer.Ordinal)
            .Select((rule, order) => (Rule: Compile(rule, order, exceptions[rule.Value.Id]), Written: rule))
            .ToList();
        var tools = rules.Exists(static entry => entry.Rule.On is PolicyStage.ToolCall) ? Table(rules, PolicyStage.ToolCall) : null;
        further = new[] { PolicyStage.McpCall, PolicyStage.ModelRequest, PolicyStage.ToolOffer }
            .Where(stage => rules.Exists(entry => entry.Rule.On == stage))
            .ToFrozenDictionary(stage => stage, stage => Table(rules, stage));
        return (Table(rules, PolicyStage.Connect), Table(rules, PolicyStage.Request), tools);
    }

    private PolicyRule Compile(Placed<RuleDocument> written, int order, IEnumerable<Placed<ExceptionDocument>> exceptions)
    {
        var rule = written.Value;
        if (Reserved.Contains(rule.Id))
        {
            errors.Add(written.Error("id", $"'{rule.Id}' is what decides where no rule does."));
        }

        if (rule.On is PolicyStage.Connect or PolicyStage.ToolOffer)
        {
            RequireSupported(written.Part(rule.Outcome, "outcome"), errors);
        }

        if (rule.Outcome != PolicyOutcome.Allow && string.IsNullOrWhiteSpace(rule.Reason))
        {
            errors.Add(written.Error("A rule that refuses needs a reason."));
        }

        var matches = new MatchCompiler(rule.On, _texts, new ValueTests(draft.Sets, _texts, errors), _asked, errors);
        return new PolicyRule(
            order,
            rule.Id,
            rule.On,
            rule.Outcome,
            OnlyToolCalls(rule, matches.Compile(written.Part(rule.Match, "match"))),
            rule.Reason ?? "The policy allows it.",
            rule.Advice,
            [.. exceptions.Select(exception => Compile(exception, matches))])
        {
            Opaque = OpaqueRuleCompiler.Compile(written, errors),
            Effects = EffectCompiler.Compile(written, detection, matches.IsLate, errors),
            IsShadow = rule.Mode is RuleMode.Shadow,
            IsLate = matches.IsLate,
        };
    }

    /// <summary>A rule that names no method is about tools: what it says of one must not hold of a message that calls none.</summary>
    private static Condition OnlyToolCalls(RuleDocument rule, Condition match) =>
        rule.On is PolicyStage.McpCall && !NamesMethod(rule.Match)
            ? new AllCondition([new ValueCondition(static q => q.Facts.McpMethod == PolicySnapshot.McpToolCall), match])
            : match;

    private static bool NamesMethod(MatchDocument match) =>
        match.McpMethod is not null || (match.All ?? []).Concat(match.Any ?? []).Any(NamesMethod) || (match.Not is { } not && NamesMethod(not));

    private static RuleException Compile(Placed<ExceptionDocument> exception, MatchCompiler matches) =>
        new(matches.Compile(exception.Part(exception.Value.Match, "match")), EndOfDay(exception.Value.Expires));

    /// <summary>
    /// Of a connection and of what no rule matches, nobody could be asked and nothing be said: there are only two answers.
    /// </summary>
    public static void RequireSupported(Placed<PolicyOutcome> outcome, List<PolicyError> errors)
    {
        if (outcome.Value is not (PolicyOutcome.Allow or PolicyOutcome.Deny))
        {
            errors.Add(outcome.Error("Here only 'allow' and 'deny' can be carried out."));
        }
    }

    private bool CanLift(Placed<ExceptionDocument> exception)
    {
        var match = exception.Value.Match;
        if (match == new MatchDocument())
        {
            errors.Add(exception.Error("match", "An exception without a condition would remove the rule."));
        }

        var rule = draft.Rules.FirstOrDefault(rule => rule.Value.Id == exception.Value.Rule).Value;
        if (rule is null || rule.Outcome == PolicyOutcome.Allow)
        {
            errors.Add(exception.Error("rule", $"'{exception.Value.Rule}' is not a rule that refuses."));
            return false;
        }

        return true;
    }

    public static DateTimeOffset EndOfDay(DateOnly day) => new(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);

    private static IEnumerable<HostPattern> Named(Placed<HostTest> host, TextTests tests) =>
        tests.ExactHosts(host) is { } exact ? exact.Select(static name => new HostPattern(HostPatternKind.Exact, name, TlsPorts))
        : host.Value.Under is { } under && HostPatterns.Domain(host.Part(under, "under"), []) is { } domain ? [new HostPattern(HostPatternKind.Under, domain, TlsPorts)]
        : host.Value.Glob is { } glob && HostPatterns.HostGlob(host.Part(glob, "glob"), []) is { } pattern ? [new HostPattern(HostPatternKind.Glob, pattern, TlsPorts)]
        : [];

    private RuleTable Table(List<(PolicyRule Rule, Placed<RuleDocument> Written)> rules, PolicyStage stage)
    {
        var hostTests = new TextTests(draft.Sets, []); // What is wrong with them was reported when they were compiled.
        var forEveryHost = new List<PolicyRule>();
        var exact = new List<(string Host, PolicyRule Rule)>();
        var under = new List<(string Host, PolicyRule Rule)>();
        foreach (var (rule, written) in rules.Where(entry => entry.Rule.On == stage))
        {
            var host = written.Part(written.Value.Match.Host!, "match/host");
            if (rule is { Outcome: PolicyOutcome.Allow, IsShadow: false } && host.Value is not null && stage is (PolicyStage.Connect or PolicyStage.Request))
            {
                _allowed.AddRange(Named(host, hostTests));
            }

            if (host.Value is not null && hostTests.ExactHosts(host) is { } hosts)
            {
                exact.AddRange(hosts.Select(name => (name, rule)));
            }
            else if (host.Value?.Under is { } domain && HostPatterns.Domain(host.Part(domain, "under"), []) is { } parent)
            {
                under.Add((parent, rule));
            }
            else
            {
                forEveryHost.Add(rule);
            }
        }

        return new RuleTable(forEveryHost, new HostIndex<PolicyRule>(
            exact.ToLookup(entry => entry.Host, entry => entry.Rule, StringComparer.Ordinal),
            under.ToLookup(entry => entry.Host, entry => entry.Rule, StringComparer.Ordinal),
            Array.Empty<PolicyRule>().ToLookup(_ => "")))
        {
            Opaque = [.. rules.Where(entry => entry.Rule.On == stage).Select(entry => entry.Rule.Opaque).OfType<OpaqueRule>()],
        };
    }
}
