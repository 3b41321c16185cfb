using System.Buffers;
using System.Globalization;
using System.Text.Json;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Tools;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From written tests of values by name or JSON pointer to conditions.</summary>
internal sealed class ValueTests(IReadOnlyDictionary<string, Placed<string[]>> sets, TextTests texts, List<PolicyError> errors)
{
    private const string AnyCharacters = "\u0001"; // no separator: a star stands for any characters

    public IEnumerable<Condition> ByPointer(Placed<Dictionary<string, ValueTest>?> tests, Func<Question, JsonElement?> root)
    {
        foreach (var (text, test) in NotEmpty(tests))
        {
            if (JsonPointer.Parse(text) is not { } pointer)
            {
                errors.Add(tests.Error(text, $"'{text}' is no JSON pointer: it begins with '/', and '~' is written ~0, '/' in a name ~1."));
                continue;
            }

            yield return Compile(tests.Part(test, text)!, question => FactValue.OfJson(root(question), pointer));
        }
    }

    public IEnumerable<Condition> ByName(Placed<Dictionary<string, ValueTest>?> tests, Func<Question, string, FactValue> find) =>
        NotEmpty(tests).Select(pair => Compile(tests.Part(pair.Value, pair.Key)!, question => find(question, pair.Key)));

    private Dictionary<string, ValueTest> NotEmpty(Placed<Dictionary<string, ValueTest>?> tests)
    {
        if (tests.Value is { Count: 0 })
        {
            errors.Add(tests.Error("A test needs an operator."));
        }

        return tests.Value ?? [];
    }

    private TruthCondition Compile(Placed<ValueTest> test, Func<Question, FactValue> fact)
    {
        var matches = Matches(test);
        var exists = test.Value.Exists;
        if (matches.Count == 0 && exists is null)
        {
            errors.Add(test.Error("A test needs an operator."));
        }

        return new TruthCondition(question => Judge(fact(question), exists, matches), ConditionRank.Costly);
    }

    private static Truth Judge(FactValue value, bool? exists, List<Func<FactValue, bool>> matches)
    {
        if (!value.IsKnown)
        {
            return Truth.Unknown;
        }

        if (value.Text is null)
        {
            return exists is true ? Truth.False : matches.Count == 0 ? Truth.True : Truth.Unknown;
        }

        return (exists is not false && matches.TrueForAll(match => match(value))).ToTruth();
    }

    private List<Func<FactValue, bool>> Matches(Placed<ValueTest> test)
    {
        var t = test.Value;
        var matches = new List<Func<FactValue, bool>>();
        void Text(Func<string, bool> match) => matches.Add(value => match(value.Text!));
        if (t.Eq is { } eq)
        {
            matches.Add(Equal(test.Part(eq, "eq")));
        }

        if (t.In is { } list)
        {
            if (list.Length == 0)
            {
                errors.Add(test.Error("in", "The list is empty."));
            }

            var any = list.Select((one, i) => Equal(test.Part(one, $"in/{i}"))).ToList();
            matches.Add(value => any.Exists(match => match(value)));
        }

        if (t.InSet is { } name)
        {
            if (!sets.TryGetValue(name, out var set))
            {
                errors.Add(test.Error("in_set", $"There is no set '{name}'."));
            }

            var values = (set.Value ?? []).ToHashSet(StringComparer.Ordinal);
            Text(values.Contains);
        }

        if (t.Prefix is { } prefix && texts.IsNotEmpty(test.Part(prefix, "prefix")))
        {
            Text(text => text.StartsWith(prefix, StringComparison.Ordinal));
        }

        if (t.Suffix is { } suffix && texts.IsNotEmpty(test.Part(suffix, "suffix")))
        {
            Text(text => text.EndsWith(suffix, StringComparison.Ordinal));
        }

        if (t.Glob is { } glob && texts.IsNotEmpty(test.Part(glob, "glob")))
        {
            Text(new Glob(glob, AnyCharacters[0]).Matches);
        }

        if (t.Under is { } under && texts.IsNotEmpty(test.Part(under, "under")))
        {
            var folder = FilePath.Normalise(under).TrimEnd('/');
            Text(text => FilePath.Normalise(text) is var path && (path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal)));
        }

        if (t.ContainsAny is { } words)
        {
            if (words.Length == 0)
            {
                errors.Add(test.Error("contains_any", "The list is empty."));
            }

            var found = SearchValues.Create([.. words.Where((word, i) => texts.IsNotEmpty(test.Part(word, $"contains_any/{i}")))], StringComparison.Ordinal);
            Text(text => text.AsSpan().ContainsAny(found));
        }

        if (t.Matches is { } pattern && texts.Pattern(test.Part(pattern, "matches")) is { } regex)
        {
            Text(regex.IsMatch);
        }

        if (t.Lt is { } lt)
        {
            matches.Add(value => Number(value) < lt);
        }

        if (t.Gt is { } gt)
        {
            matches.Add(value => Number(value) > gt);
        }

        return matches;
    }

    private Func<FactValue, bool> Equal(Placed<JsonElement> written)
    {
        switch (written.Value.ValueKind)
        {
            case JsonValueKind.String:
                var text = written.Value.GetString();
                return value => value.Kind is JsonValueKind.String && value.Text == text;
            case JsonValueKind.Number:
                var number = written.Value.GetDouble();
                return value => Number(value) == number;
            case JsonValueKind.True or JsonValueKind.False:
                var kind = written.Value.ValueKind;
                return value => value.Kind == kind;
            default:
                errors.Add(written.Error("A text, a number, true or false."));
                return static _ => false;
        }
    }

    // Nothing compares with what is no number.
    private static double Number(FactValue value) =>
        (value.Kind is JsonValueKind.Number || value.IsPlain) && double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
}
