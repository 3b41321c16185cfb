using System.Buffers;
using System.Collections.Frozen;
using System.Net;
using System.Text.RegularExpressions;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From written tests of texts to conditions; resolves sets by name.</summary>
internal sealed class TextTests(IReadOnlyDictionary<string, Placed<string[]>> sets, List<PolicyError> errors)
{
    // Its automaton is bounded by its length.
    private const int MaxPatternLength = 1024;

    private const int FewNames = 4;

    // No name holds it: a star stands for any characters.
    private const char NoSeparator = '\u0001';

    public List<Condition> Name(Placed<NameTest?> test, Func<Question, string?> fact)
    {
        var conditions = Name(test, StringComparer.Ordinal).ConvertAll<Condition>(matches => new TextCondition(fact, matches));
        if (test.Value?.Exists is { } exists)
        {
            conditions.Add(new ValueCondition(q => fact(q) is not null == exists));
        }

        RequireOperators(test);
        return conditions;
    }

    /// <summary>What a name must be, for facts that are no text of the question.</summary>
    public List<Func<string, bool>> NameMatches(Placed<NameTest?> test)
    {
        if (test.Value?.Exists is not null)
        {
            errors.Add(test.Error("exists", "It is always there."));
        }

        RequireOperators(test);
        return Name(test, StringComparer.Ordinal);
    }

    /// <summary>All that is said must hold of one and the same name.</summary>
    public List<Condition> AnyName(Placed<NameTest?> test, Func<Question, IReadOnlyList<string>?> fact)
    {
        var matches = Name(test, StringComparer.Ordinal);
        var conditions = new List<Condition>();
        if (matches.Count > 0)
        {
            conditions.Add(new AnyTextCondition(fact, name => matches.TrueForAll(match => match(name))));
        }

        if (test.Value?.Exists is { } exists)
        {
            conditions.Add(new ValueCondition(q => fact(q) is { Count: > 0 } == exists));
        }

        RequireOperators(test);
        return conditions;
    }

    /// <summary>Methods are compared without regard to case: a server that takes <c>post</c> for <c>POST</c> must not get past a rule.</summary>
    public List<Condition> Method(Placed<NameTest?> test)
    {
        var conditions = Name(test, StringComparer.OrdinalIgnoreCase).ConvertAll<Condition>(matches => new MethodCondition(matches));
        if (test.Value?.Exists is not null)
        {
            errors.Add(test.Error("exists", "Every request has a method."));
        }

        RequireOperators(test);
        return conditions;
    }

    public List<Condition> Host(Placed<HostTest?> test)
    {
        var conditions = new List<Condition>();
        if (test.Value is not { } t)
        {
            return conditions;
        }

        void Add(Func<string, bool> matches) => conditions.Add(new TextCondition(q => q.Facts.Destination.Host, matches));
        if (ExactHosts(test!) is { } exact)
        {
            Add(exact.Contains);
        }

        if (t.Under is not null && HostPatterns.Domain(test.Part(t.Under, "under"), errors) is { } domain)
        {
            Add(host => HostName.IsUnder(host, domain));
        }

        if (t.Glob is not null && HostPatterns.HostGlob(test.Part(t.Glob, "glob"), errors) is { } glob)
        {
            Add(new Glob(glob, '.').Matches);
        }

        if (t.Cidr is { } networks)
        {
            var known = Values(test.Part(networks, "cidr")).Select(Network).OfType<IPNetwork>().ToList();
            conditions.Add(new ValueCondition(q => q.Address is { } address && known.Exists(network => network.Contains(address))));
        }

        RequireOperators(test);
        return conditions;
    }

    /// <summary>The hosts that <c>eq</c>, <c>in</c> and <c>in_set</c> leave possible; null where none of them is said.</summary>
    public FrozenSet<string>? ExactHosts(Placed<HostTest> test)
    {
        var lists = Lists(test, test.Value.Eq, test.Value.In, test.Value.InSet)
            .Select(list => list.Select(host => HostPatterns.Host(host, errors)).OfType<string>())
            .ToList();
        return lists.Count == 0
            ? null
            : lists.Aggregate((left, right) => left.Intersect(right, StringComparer.Ordinal)).ToFrozenSet(StringComparer.Ordinal);
    }

    public List<Condition> Path(Placed<PathTest?> test)
    {
        var conditions = new List<Condition>();
        if (test.Value is not { } t)
        {
            return conditions;
        }

        void Add(Func<string, bool> matches) => conditions.Add(new PathCondition(matches));
        foreach (var list in Lists(test, t.Eq, t.In, t.InSet))
        {
            var paths = list.Where(IsRooted).Select(path => path.Value).ToFrozenSet(StringComparer.Ordinal);
            Add(paths.Contains);
        }

        if (t.Prefix is { } prefix && IsRooted(test.Part(prefix, "prefix")))
        {
            Add(path => path.StartsWith(prefix, StringComparison.Ordinal));
        }

        if (t.Suffix is { } suffix && IsNotEmpty(test.Part(suffix, "suffix")))
        {
            Add(path => path.EndsWith(suffix, StringComparison.Ordinal));
        }

        if (t.Under is { } under && IsRooted(test.Part(under, "under")))
        {
            var parent = under.TrimEnd('/');
            Add(path => path.StartsWith(parent, StringComparison.Ordinal) && (path.Length == parent.Length || path[parent.Length] == '/'));
        }

        if (t.Glob is { } glob && IsRooted(test.Part(glob, "glob")))
        {
            Add(new Glob(glob, '/').Matches);
        }

        if (t.Matches is { } pattern && Pattern(test.Part(pattern, "matches")) is { } regex)
        {
            Add(regex.IsMatch);
        }

        RequireOperators(test);
        return conditions;
    }

    /// <summary>Texts are compared byte for byte with the arguments in their one spelling; a pattern is found anywhere in them, in linear time.</summary>
    public List<Condition> Arguments(Placed<ArgumentsTest?> test)
    {
        RequireOperators(test);
        return Text(test.Part(test.Value?.ContainsAny, "contains_any"), test.Part(test.Value?.Matches, "matches"), q => q.Facts.Arguments);
    }

    /// <summary>The same of a program; and of the calls in it, of which those that are not seen may be any.</summary>
    public List<Condition> Source(Placed<SourceTest?> test)
    {
        RequireOperators(test);
        var conditions = Text(test.Part(test.Value?.ContainsAny, "contains_any"), test.Part(test.Value?.Matches, "matches"), q => q.Tool.Source);
        if (test.Value?.Calls is { } calls)
        {
            if (calls.Exists is not null)
            {
                errors.Add(test.Error("calls", "'exists' is no test of calls."));
            }

            var matches = Name(test.Part<NameTest?>(calls, "calls"), StringComparer.Ordinal);
            conditions.Add(new TruthCondition(
                q => q.Tool is not { IsCarrier: true } tool ? Truth.False
                    : tool.Calls is not { } seen ? Truth.Unknown
                    : seen.All.Any(call => matches.TrueForAll(match => match(call.Name))) ? Truth.True
                    : seen.MayHaveMore ? Truth.Unknown
                    : Truth.False,
                ConditionRank.Costly));
        }

        return conditions;
    }

    private List<Condition> Text(Placed<string[]?> containsAny, Placed<string?> matches, Func<Question, string?> fact)
    {
        var conditions = new List<Condition>();
        if (containsAny.Value is { } list)
        {
            var texts = SearchValues.Create([.. Values(new Placed<string[]>(list, containsAny.Text, containsAny.Pointer)).Where(IsNotEmpty).Select(text => text.Value)], StringComparison.Ordinal);
            conditions.Add(new TextCondition(fact, text => text.AsSpan().ContainsAny(texts)));
        }

        if (matches.Value is { } pattern && Pattern(new Placed<string>(pattern, matches.Text, matches.Pointer)) is { } regex)
        {
            conditions.Add(new TextCondition(fact, regex.IsMatch));
        }

        return conditions;
    }

    /// <summary>A test that says nothing would match always without anybody having said so.</summary>
    public void RequireOperators<T>(Placed<T?> test)
        where T : class, new()
    {
        if (test.Value is { } written && written.Equals(new T()))
        {
            errors.Add(test.Error("A test needs an operator."));
        }
    }

    private List<Func<string, bool>> Name(Placed<NameTest?> test, StringComparer comparer)
    {
        var matches = new List<Func<string, bool>>();
        if (test.Value is not { } t)
        {
            return matches;
        }

        var comparison = comparer == StringComparer.Ordinal ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        foreach (var list in Lists(test, t.Eq, t.In, t.InSet))
        {
            matches.Add(Among([.. list.Select(static name => name.Value)], comparer));
        }

        if (t.Prefix is { } prefix && IsNotEmpty(test.Part(prefix, "prefix")))
        {
            matches.Add(name => name.StartsWith(prefix, comparison));
        }

        if (t.Suffix is { } suffix && IsNotEmpty(test.Part(suffix, "suffix")))
        {
            matches.Add(name => name.EndsWith(suffix, comparison));
        }

        if (t.Glob is { } glob && IsNotEmpty(test.Part(glob, "glob")))
        {
            var pattern = new Glob(comparison == StringComparison.Ordinal ? glob : glob.ToUpperInvariant(), NoSeparator);
            matches.Add(comparison == StringComparison.Ordinal ? pattern.Matches : name => pattern.Matches(name.ToUpperInvariant()));
        }

        if (t.Matches is { } text && Pattern(test.Part(text, "matches"), comparison) is { } regex)
        {
            matches.Add(regex.IsMatch);
        }

        return matches;
    }

    // Few texts are compared one by one: that is faster than their hash.
    private static Func<string, bool> Among(string[] names, StringComparer comparer)
    {
        if (names.Length > FewNames)
        {
            return names.ToFrozenSet(comparer).Contains;
        }

        var comparison = comparer == StringComparer.Ordinal ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return text =>
        {
            foreach (var name in names)
            {
                if (name.Length == text.Length && string.Equals(name, text, comparison))
                {
                    return true;
                }
            }

            return false;
        };
    }

    // The three ways to name values, each as a list with the place of every value.
    private IEnumerable<IReadOnlyList<Placed<string>>> Lists<T>(Placed<T> test, string? eq, string[]? list, string? set)
    {
        if (eq is not null)
        {
            yield return [test.Part(eq, "eq")];
        }

        if (list is not null)
        {
            yield return Values(test.Part(list, "in"));
        }

        if (set is null)
        {
            yield break;
        }

        if (sets.TryGetValue(set, out var values))
        {
            yield return Values(values);
        }
        else
        {
            errors.Add(test.Error("in_set", $"There is no set '{set}'."));
            yield return [];
        }
    }

    private List<Placed<string>> Values(Placed<string[]> list)
    {
        if (list.Value.Length == 0)
        {
            errors.Add(list.Error("The list is empty."));
        }

        return [.. list.Value.Select((value, i) => list.Part(value, $"{i}"))];
    }

    private IPNetwork? Network(Placed<string> text)
    {
        // It takes a network with bits behind its length for the network that holds them, which may be a slip.
        if (IPNetwork.TryParse(text.Value, out var network) && IPAddress.TryParse(text.Value.AsSpan(0, text.Value.IndexOf('/')), out var written) && network.BaseAddress.Equals(written))
        {
            return network;
        }

        errors.Add(text.Error("Not a network such as 10.0.0.0/8, with no bit set behind its length."));
        return null;
    }

    public Regex? Pattern(Placed<string> pattern, StringComparison comparison = StringComparison.Ordinal)
    {
        if (pattern.Value.Length is 0 or > MaxPatternLength)
        {
            errors.Add(pattern.Error($"A pattern has 1 to {MaxPatternLength} characters."));
            return null;
        }

        try
        {
            return new Regex(
                pattern.Value,
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (comparison == StringComparison.Ordinal ? RegexOptions.None : RegexOptions.IgnoreCase));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            errors.Add(pattern.Error($"Not a pattern that can be matched in linear time: {e.Message}"));
            return null;
        }
    }

    public bool IsNotEmpty(Placed<string> text)
    {
        if (text.Value.Length > 0)
        {
            return true;
        }

        errors.Add(text.Error("Every text begins and ends with an empty one."));
        return false;
    }

    private bool IsRooted(Placed<string> path)
    {
        if (path.Value.StartsWith('/'))
        {
            return true;
        }

        errors.Add(path.Error("A path begins with '/'."));
        return false;
    }
}
