using System.Globalization;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From written tests of time, findings and named fields to conditions.</summary>
internal sealed class FactTests(TextTests texts, List<PolicyError> errors)
{
    public static FactValue Header(Question question, string name) =>
        question.Facts.Headers is not { } headers ? FactValue.Unknown
        : headers.TryGetValue(name, out var value) ? FactValue.OfText(value)
        : FactValue.Absent;

    public static FactValue Parameter(Question question, string name) =>
        question.Query is not { } query ? FactValue.Unknown
        : !query.TryGet(name, out var value) ? FactValue.Absent
        : value is null ? FactValue.Unknown
        : FactValue.OfText(value);

    public IEnumerable<Condition> Time(Placed<TimeTest?> test)
    {
        texts.RequireOperators(test);
        if (test.Value is not { } written)
        {
            yield break;
        }

        if (written.Weekdays is { } days)
        {
            if (days.Length == 0)
            {
                errors.Add(test.Error("weekdays", "The list is empty."));
            }

            yield return At(at => days.Contains(at.DayOfWeek));
        }

        if (written.From is not null || written.To is not null)
        {
            var from = Minute(test, "from", written.From) ?? TimeOnly.MinValue;
            var to = Minute(test, "to", written.To);
            yield return to is not { } end ? At(at => TimeOnly.FromTimeSpan(at.TimeOfDay) >= from)
                : At(at => TimeOnly.FromTimeSpan(at.TimeOfDay).IsBetween(from, end));
        }
    }

    /// <param name="counts">What the number of them must be; more than none where nothing is said.</param>
    public IEnumerable<Condition> Finding(Placed<FindingTest?> test, List<Func<long, bool>> counts)
    {
        texts.RequireOperators(test);
        if (test.Value is not { } written)
        {
            yield break;
        }

        var rules = texts.NameMatches(test.Part(written.Rule, "rule"));
        var kinds = Kinds(test.Part(written.Kind, "kind"));
        yield return new TruthCondition(question => question.Facts.Findings is { } findings ? Judge(findings, rules, kinds, counts) : Truth.Unknown, ConditionRank.Costly);
    }

    private static Truth Judge(IReadOnlyList<Finding> findings, List<Func<string, bool>> rules, FindingKind[]? kinds, List<Func<long, bool>> counts)
    {
        long count = 0;
        foreach (var finding in findings)
        {
            count += (kinds is null || kinds.Contains(finding.Kind)) && rules.TrueForAll(match => match(finding.Rule)) ? finding.Count : 0;
        }

        return (counts.Count == 0 ? count > 0 : counts.TrueForAll(match => match(count))).ToTruth();
    }

    private FindingKind[]? Kinds(Placed<FindingKindTest?> test)
    {
        texts.RequireOperators(test);
        if (test.Value?.In is { Length: 0 })
        {
            errors.Add(test.Error("in", "The list is empty."));
        }

        return (test.Value?.Eq, test.Value?.In) switch
        {
            ({ } eq, { } list) => list.Contains(eq) ? [eq] : [],
            ({ } eq, _) => [eq],
            (_, var list) => list,
        };
    }

    // Without a time nobody knows.
    private static TruthCondition At(Func<DateTime, bool> test) =>
        new(question => question.Facts.At == DateTimeOffset.MaxValue ? Truth.Unknown : test(question.Facts.At.UtcDateTime).ToTruth());

    private TimeOnly? Minute(Placed<TimeTest?> test, string member, string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            errors.Add(test.Error(member, "A time such as 08:30."));
        }

        return time;
    }
}
