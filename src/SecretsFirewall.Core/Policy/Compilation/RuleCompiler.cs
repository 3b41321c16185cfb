using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written rules and exceptions to one table per stage.</summary>
internal sealed class RuleCompiler(PolicyDraft draft, List<PolicyError> errors)
{
    private static readonly int[] TlsPorts = [443];

    private readonly TextTests _texts = new(draft.Sets, errors);
    private readonly List<HostPattern> _allowed = [];

    /// <summary>The hosts that rules allow by name, known once they are compiled.</summary>
    public IReadOnlyList<HostPattern> Allowed => _allowed;

    /// <returns>No table of tool calls where no rule is about them.</returns>
    public (RuleTable Connect, RuleTable Request, RuleTable? ToolCall) Compile()
    {
        draft.RequireUnique(draft.Rules, "id", rule => rule.Id);
        draft.RequireUnique(draft.Exceptions, "id", exception => exception.Id);
        var exceptions = draft.Exceptions.Where(CanLift).ToLookup(exception => exception.Value.Rule, StringComparer.Ordinal);
        var rules = draft.Rules
            .OrderBy(rule => rule.Value.Id, StringComparer.Ordinal)
            .Select((rule, order) => (Rule: Compile(rule, order, exceptions[rule.Value.Id]), Written: rule))
            .ToList();
        var tools = rules.Exists(static entry => entry.Rule.On is PolicyStage.ToolCall) ? Table(rules, PolicyStage.ToolCall) : null;
        return (Table(rules, PolicyStage.Connect), Table(rules, PolicyStage.Request), tools);
    }

    private PolicyRule Compile(Placed<RuleDocument> written, int order, IEnumerable<Placed<ExceptionDocument>> exceptions)
    {
        var rule = written.Value;
        if (rule.Id == PolicySnapshot.DefaultRule)
        {
            errors.Add(written.Error("id", $"'{PolicySnapshot.DefaultRule}' is what decides where no rule matches."));
        }

        if (rule.On is not PolicyStage.ToolCall && (rule.On, rule.Outcome) is not (PolicyStage.Request, PolicyOutcome.Pending))
        {
            RequireSupported(written.Part(rule.Outcome, "outcome"), errors);
        }

        if (rule.Outcome != PolicyOutcome.Allow && string.IsNullOrWhiteSpace(rule.Reason))
        {
            errors.Add(written.Error("A rule that refuses needs a reason."));
        }

        var matches = new MatchCompiler(rule.On, _texts, errors);
        return new PolicyRule(
            order,
            rule.Id,
            rule.On,
            rule.Outcome,
            matches.Compile(written.Part(rule.Match, "match")),
            rule.Reason ?? "The policy allows it.",
            rule.Advice,
            [.. exceptions.Select(exception => Compile(exception, matches))])
        {
            Opaque = OpaqueRuleCompiler.Compile(written, errors),
            Approval = ApprovalCompiler.Compile(written, errors),
        };
    }

    private static RuleException Compile(Placed<ExceptionDocument> exception, MatchCompiler matches) =>
        new(matches.Compile(exception.Part(exception.Value.Match, "match")), EndOfDay(exception.Value.Expires));

    /// <summary>
    /// Outcomes that need a dialogue are part of the language, but not everywhere could anything carry them out. A request and a tool call can wait for a person; a
    /// connection cannot, since nobody knows yet what it is for. Guidance can take the place of a tool call.
    /// </summary>
    public static void RequireSupported(Placed<PolicyOutcome> outcome, List<PolicyError> errors)
    {
        if (outcome.Value is not (PolicyOutcome.Allow or PolicyOutcome.Deny))
        {
            errors.Add(outcome.Error("This version can carry out 'allow' and 'deny'."));
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
            if (rule.Outcome is PolicyOutcome.Allow && host.Value is not null && stage is not PolicyStage.ToolCall)
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
