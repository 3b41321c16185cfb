using System.Text.Json;
using SecretsFirewall.Model.Documents;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>Facts as a record still has them.</summary>
/// <param name="Missing">The members of a match whose facts it does not hold.</param>
internal sealed record RecordedFacts(PolicyFacts Facts, IReadOnlySet<string> Missing);

/// <summary>What a policy said at the time, and which one: what it said bears out what the record does not hold.</summary>
internal sealed record RecordedRuling(PolicyOutcome Outcome, string? Rule, RecordedPolicy By);

/// <summary>What a policy makes of a record.</summary>
/// <param name="Outcome">Null where it rests on what is not recorded: <paramref name="Missing"/> says on what.</param>
/// <param name="Rule">What decides; with no outcome, what the answer rests on.</param>
internal sealed record RecordedAnswer(PolicyOutcome? Outcome, string Rule, IReadOnlyList<string> Missing, IReadOnlyList<RuleReading> Rules);

/// <summary>
/// Asks a policy that loads about what was recorded. A record holds fewer facts than a decision: what is missing is taken to be anything, unless what the policy of
/// the time said shows it. An answer is given only where it is the same whatever the missing facts were.
/// </summary>
internal sealed class RecordedPolicy
{
    private readonly DefaultsDocument _defaults;
    private readonly ILookup<PolicyStage, RecordedRule> _rules;
    private readonly string _matrix;

    public RecordedPolicy(IReadOnlyList<PolicyFile> files, PolicySnapshot snapshot)
    {
        var texts = files.OrderBy(static file => file.Path, StringComparer.Ordinal).Select(Read).OfType<DocumentText>().ToList();
        var draft = new PolicyDraft(texts, files[0].Path, []);
        var sets = string.Join('\n', draft.Sets.OrderBy(static set => set.Key, StringComparer.Ordinal).Select(static set => $"{set.Key}: {string.Join(' ', set.Value.Value)}"));
        var exceptions = draft.Exceptions.ToLookup(static one => one.Value.Rule, static one => one.Value, StringComparer.Ordinal);
        Snapshot = snapshot;
        _defaults = draft.Defaults!.Value.Value!;
        _matrix = draft.Matrix?.Value is { } matrix ? JsonSerializer.Serialize(matrix, PolicyJson.Default.MatrixDocument) : "";
        _rules = draft.Rules
            .OrderBy(static rule => rule.Value.Id, StringComparer.Ordinal)
            .Select(rule => new RecordedRule(rule, exceptions[rule.Value.Id], draft, sets))
            .ToLookup(static rule => rule.On);
    }

    public PolicySnapshot Snapshot { get; }

    /// <summary>The rule of this id at this stage; null where there is none.</summary>
    public RecordedRule? Find(PolicyStage stage, string? id) => _rules[stage].FirstOrDefault(rule => rule.Id == id);

    /// <summary>What the rule asks for, a line for each member of its match; null where there is no rule of this id.</summary>
    public IReadOnlyList<string>? ConditionsOf(string id) => Enum.GetValues<PolicyStage>().Select(stage => Find(stage, id)).OfType<RecordedRule>().FirstOrDefault()?.Conditions;

    /// <param name="ruling">What was said at this stage; null where nothing is known of that.</param>
    public RecordedAnswer Decide(RecordedFacts recorded, RecordedRuling? ruling)
    {
        var facts = recorded.Facts;
        var rules = ReadRules(recorded);
        if (ruling is not null)
        {
            Infer(rules, ruling.By == this ? rules : ruling.By.ReadRules(recorded), ruling);
        }

        var enforced = rules.FindAll(static rule => !rule.IsShadow);
        var decider = enforced.Where(static rule => rule.Applies is true).MinBy(static rule => rule.Outcome);
        var (byDefault, unsure) = DefaultOf(recorded);
        var outcome = decider?.Outcome ?? byDefault;
        var open = enforced.FindAll(rule => rule.Applies is null && (decider is null ? rule.Outcome != outcome : rule.Outcome < outcome));
        var missing = new SortedSet<string>(open.SelectMany(static rule => rule.Missing), StringComparer.Ordinal);
        if (decider is null && unsure is not null)
        {
            missing.Add(unsure);
        }

        if (missing.Count == 0 && AsksForClass(facts, enforced) && outcome is not PolicyOutcome.Deny)
        {
            (outcome, var byClass) = ByClass(outcome, enforced, ruling, recorded, missing);
            if (byClass is not null)
            {
                return new RecordedAnswer(outcome, byClass, [], rules);
            }
        }

        return missing.Count > 0
            ? new RecordedAnswer(null, open.Count > 0 ? open[0].Rule : decider?.Rule ?? PolicySnapshot.DefaultRule, [.. missing], rules)
            : new RecordedAnswer(outcome, decider?.Rule ?? PolicySnapshot.DefaultRule, [], rules);
    }

    private List<RuleReading> ReadRules(RecordedFacts recorded)
    {
        var question = Snapshot.QuestionOf(recorded.Facts);
        return [.. _rules[recorded.Facts.On].Select(rule => rule.Read(question, recorded.Missing))];
    }

    /// <summary>
    /// The strictest rule that applied decided. So whatever was stricter did not apply, and what decided did: of a rule that asks the same of the missing facts
    /// in both policies, that is known without them.
    /// </summary>
    private static void Infer(List<RuleReading> rules, List<RuleReading> then, RecordedRuling ruling)
    {
        var before = then.ToDictionary(static rule => rule.Rule, StringComparer.Ordinal);
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            if (rule.Applies is null && before.TryGetValue(rule.Rule, out var same) && same.Signature == rule.Signature)
            {
                bool? known = rule.IsShadow ? null
                    : rule.Rule == ruling.Rule ? true
                    : rule.Outcome < ruling.Outcome || ruling.Rule is PolicySnapshot.DefaultRule ? false
                    : null;
                rules[i] = known is null ? rule : rule with { Applies = known };
            }
        }
    }

    private (PolicyOutcome Outcome, string? Unsure) DefaultOf(RecordedFacts recorded)
    {
        if (recorded.Facts.On is not PolicyStage.ToolCall)
        {
            return (_defaults.Host, null);
        }

        var tool = _defaults.Tool ?? PolicyOutcome.Deny;
        var carrier = _defaults.CodeCarrier ?? PolicyOutcome.Pending;
        return !Snapshot.GatesToolCalls ? (PolicyOutcome.Allow, null)
            : tool is PolicyOutcome.Deny || tool == carrier || Snapshot.CanonicalTool(recorded.Facts.Tool ?? "") is null ? (tool, null)
            : (tool, "code_carrier");
    }

    private bool AsksForClass(PolicyFacts facts, List<RuleReading> rules) =>
        rules.Exists(static rule => rule.SaysClass && rule.Applies is not false) || (facts.On is PolicyStage.ToolCall && Snapshot.Matrix is not null);

    /// <summary>Class and level decide too. Level and gate are not recorded: what was said then holds, where it was asked of the same.</summary>
    private (PolicyOutcome Outcome, string? Rule) ByClass(PolicyOutcome outcome, List<RuleReading> rules, RecordedRuling? ruling, RecordedFacts recorded, SortedSet<string> missing)
    {
        var isSame = ruling is not null && ruling.By._matrix == _matrix
            && Classes(rules).SequenceEqual(Classes(ruling.By == this ? rules : ruling.By.ReadRules(recorded)), StringComparer.Ordinal);
        var wasClass = isSame && ruling!.Rule is ClassRuling.MatrixRule or ClassRuling.GateRule;
        if (isSame && (wasClass || outcome <= ruling!.Outcome))
        {
            return wasClass && ruling!.Outcome < outcome ? (ruling.Outcome, ruling.Rule) : (outcome, null);
        }

        missing.Add("level");
        return (outcome, null);
    }

    private static IEnumerable<string> Classes(List<RuleReading> rules) => rules.Where(static rule => rule.SaysClass).Select(static rule => $"{rule.Rule} {rule.Signature}");

    private static DocumentText? Read(PolicyFile file) =>
        DocumentReader.Read<PolicyDocument>(file.Content.Span, PolicyJson.Default, []) is var (document, lines) ? new DocumentText(file.Path, document, lines) : null;
}
