using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>What a rule makes of a record.</summary>
/// <param name="Applies">Null where that rests on what is not recorded.</param>
/// <param name="Condition">The member of its match that keeps it from applying, or leaves it open; null where it applies.</param>
/// <param name="Fact">What the record says of it.</param>
/// <param name="Missing">The members that it asks for and that are not recorded.</param>
/// <param name="Signature">Equal where two policies ask the same of what is not recorded.</param>
internal sealed record RuleReading(
    string Rule, PolicyOutcome Outcome, bool IsShadow, bool SaysClass, bool? Applies, string? Condition, string? Fact, IReadOnlyList<string> Missing, string Signature);

/// <summary>A rule with its exceptions, for facts of which some are missing.</summary>
internal sealed class RecordedRule
{
    private readonly RuleDocument _rule;
    private readonly IReadOnlyList<(string Name, string Said, RecordedTest Test)> _members;
    private readonly IReadOnlyList<(RecordedTest Test, DateTimeOffset End)> _exceptions;
    private readonly string _text;

    /// <param name="sets">What the sets of the policy hold: a part of what its rules mean.</param>
    public RecordedRule(Placed<RuleDocument> rule, IEnumerable<ExceptionDocument> exceptions, PolicyDraft draft, string sets)
    {
        _rule = rule.Value;
        _members = RecordedTest.Members(rule.Value.Match, rule, draft);
        var lifting = exceptions.OrderBy(static one => one.Id, StringComparer.Ordinal).ToList();
        _exceptions = [.. lifting.Select(one => (RecordedTest.All(one.Match, rule, draft), RuleCompiler.EndOfDay(one.Expires)))];
        _text = string.Join('\n', [
            $"{rule.Value.On} {rule.Value.Outcome} {rule.Value.Mode} {rule.Value.Class} {rule.Value.External}", .. Text(_members),
            .. lifting.SelectMany(one => Text(RecordedTest.Members(one.Match, rule, draft)).Prepend($"but until {one.Expires:O}")), sets]);
    }

    public string Id => _rule.Id;

    public PolicyStage On => _rule.On;

    public PolicyOutcome Outcome => _rule.Outcome;

    /// <summary>Each member of its match with what it asks.</summary>
    public IReadOnlyList<string> Conditions => [.. Text(_members)];

    public RuleReading Read(Question question, IReadOnlySet<string> missing)
    {
        var asked = new RecordedQuestion(question, missing);
        var applies = Possible.Of(Truth.True);
        (string Name, string Said, Possible Truth)? worst = null;
        foreach (var (name, said, test) in _members)
        {
            var truth = test.Test(asked);
            applies = applies.And(truth);
            // What surely fails says more than what may.
            if (truth != Possible.Of(Truth.True) && (worst is not { } known || (truth.High, truth.Low).CompareTo((known.Truth.High, known.Truth.Low)) < 0))
            {
                worst = (name, said, truth);
            }
        }

        var ended = _rule is { Inspect: false, Expires: { } day } && question.Facts.At >= RuleCompiler.EndOfDay(day);
        var needed = _rule.Outcome is PolicyOutcome.Allow ? Truth.True : Truth.Unknown;
        var answer = ended || applies.High < needed ? false : applies.Low >= needed ? true : (bool?)null;
        var lifted = Lifted(asked);
        answer = answer is false || lifted is true ? false : lifted is null ? null : answer;
        return new RuleReading(
            Id,
            Outcome,
            _rule.Mode is RuleMode.Shadow,
            _rule.Class is not null,
            answer,
            answer is true ? null : worst is { } failed ? $"{failed.Name} {failed.Said}" : ended ? "its end" : "an exception",
            answer is true || worst is not { } about ? null : Fact(question, missing, about.Name),
            [.. asked.Asked],
            $"{_text}\n{asked.Signature}");
    }

    private static string? Fact(Question question, IReadOnlySet<string> missing, string member) =>
        missing.Contains(member) ? "(not recorded)" : PolicyExplainer.FactOf(question, member);

    /// <summary>Null where that rests on what is not recorded.</summary>
    private bool? Lifted(RecordedQuestion asked)
    {
        bool? lifted = false;
        foreach (var (test, end) in _exceptions)
        {
            asked.Signature.Append('|');
            var truth = test.Test(asked);
            if (asked.Question.Facts.At < end)
            {
                lifted = truth.Low is Truth.True ? true : truth.High is Truth.True && lifted is false ? null : lifted;
            }
        }

        return lifted;
    }

    private static IEnumerable<string> Text(IReadOnlyList<(string Name, string Said, RecordedTest Test)> members) => members.Select(static one => $"{one.Name} {one.Said}");
}
