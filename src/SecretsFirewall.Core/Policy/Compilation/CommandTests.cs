using System.Collections.Frozen;
using SecretsFirewall.Commands;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From written tests of commands to conditions.</summary>
internal sealed class CommandTests(TextTests texts, List<PolicyError> errors)
{
    public IEnumerable<Condition> Compile(Placed<CommandTest?> test)
    {
        if (test.Value is not { } written)
        {
            return [];
        }

        texts.RequireOperators(test);
        var tests = new List<Func<CommandVerdict, Truth>>();
        Add(tests, Class(test.Part(written.Class, "class")));
        Flag(tests, written.External, verdict => verdict.IsExternal);
        Flag(tests, written.Parsed, verdict => verdict.IsParsed);
        Flag(tests, written.Literal, verdict => verdict.IsLiteral);
        Flag(tests, written.Pipes, verdict => verdict.Features.HasFlag(CommandFeatures.Pipe));
        Flag(tests, written.Redirections, verdict => verdict.Features.HasFlag(CommandFeatures.Redirection));
        Flag(tests, written.Substitutions, verdict => verdict.Features.HasFlag(CommandFeatures.Substitution));
        if (Words(test.Part(written.Effects, "effects")) is { } effects)
        {
            tests.Add(verdict => effects([.. verdict.Effects], true));
        }

        if (Part(test.Part(written.AnyOf, "any_of")) is { } any)
        {
            tests.Add(verdict => AnyOf(verdict, any));
        }

        if (Part(test.Part(written.AllOf, "all_of")) is { } all)
        {
            tests.Add(verdict => AllOf(verdict, all));
        }

        return tests.Select(one => new TruthCondition(question => question.Tool.Command is { } verdict ? Seen(one(verdict), question.Tool.IsCarrier) : Truth.False, ConditionRank.Costly));
    }

    // A command that a program is seen to run may refuse the program, and never lets it pass: the rest of it nobody judged.
    private static Truth Seen(Truth truth, bool isCarrier) => isCarrier && truth is Truth.True ? Truth.Unknown : truth;

    private static Truth AnyOf(CommandVerdict verdict, Func<CommandInvocation, Truth> part)
    {
        var result = verdict.HasAllInvocations ? Truth.False : Truth.Unknown;
        foreach (var invocation in verdict.Invocations)
        {
            var truth = part(invocation);
            result = truth > result ? truth : result;
        }

        return result;
    }

    private static Truth AllOf(CommandVerdict verdict, Func<CommandInvocation, Truth> part)
    {
        var result = !verdict.HasAllInvocations ? Truth.Unknown : verdict.Invocations.IsEmpty ? Truth.False : Truth.True;
        foreach (var invocation in verdict.Invocations)
        {
            var truth = part(invocation);
            result = truth < result ? truth : result;
        }

        return result;
    }

    private static void Add(List<Func<CommandVerdict, Truth>> tests, IEnumerable<Func<CommandVerdict, bool>> more) =>
        tests.AddRange(more.Select<Func<CommandVerdict, bool>, Func<CommandVerdict, Truth>>(one => verdict => one(verdict).ToTruth()));

    private static void Flag(List<Func<CommandVerdict, Truth>> tests, FlagTest? test, Func<CommandVerdict, bool> fact)
    {
        if (test is { Eq: var expected })
        {
            tests.Add(verdict => (fact(verdict) == expected).ToTruth());
        }
    }

    private List<Func<CommandVerdict, bool>> Class(Placed<ClassTest?> test)
    {
        var tests = new List<Func<CommandVerdict, bool>>();
        texts.RequireOperators(test);
        if (test.Value?.Eq is { } eq)
        {
            tests.Add(verdict => verdict.Class == eq);
        }

        if (test.Value?.In is { } list)
        {
            RequireValues(test.Part(list, "in"));
            tests.Add(verdict => list.Contains(verdict.Class));
        }

        if (test.Value?.AtLeast is { } least)
        {
            tests.Add(verdict => verdict.Class <= least);
        }

        return tests;
    }

    private Func<CommandInvocation, Truth>? Part(Placed<CommandPartTest?> test)
    {
        if (test.Value is not { } written)
        {
            return null;
        }

        texts.RequireOperators(test);
        var names = texts.NameMatches(test.Part(written.Argv0, "argv0"));
        var words = Words(test.Part(written.Argv, "argv"));
        return invocation =>
        {
            var result = invocation.Program == "?" && names.Count > 0 ? Truth.Unknown : names.TrueForAll(match => match(invocation.Program)).ToTruth();
            var ofWords = words?.Invoke(invocation.Words, invocation.IsLiteral) ?? Truth.True;
            return ofWords < result ? ofWords : result;
        };
    }

    // Of words that are not all known, what is not found may still be there.
    private Func<IReadOnlyList<string>, bool, Truth>? Words(Placed<WordsTest?> test)
    {
        texts.RequireOperators(test);
        if (test.Value is not { } written)
        {
            return null;
        }

        var any = Set(test, "contains_any", written.ContainsAny);
        var all = Set(test, "contains_all", written.ContainsAll);
        var first = written.StartsWith;
        if (first is { Length: 0 })
        {
            errors.Add(test.Error("starts_with", "The list is empty."));
        }

        return (words, isLiteral) =>
            (any is null || words.Any(any.Contains)) && (all is null || all.All(words.Contains)) && (first is null || words.Take(first.Length).SequenceEqual(first)) ? Truth.True
            : isLiteral ? Truth.False
            : Truth.Unknown;
    }

    private FrozenSet<string>? Set<T>(Placed<T> test, string member, string[]? words)
    {
        if (words is null)
        {
            return null;
        }

        RequireValues(test.Part(words, member));
        return words.ToFrozenSet(StringComparer.Ordinal);
    }

    private void RequireValues<T>(Placed<T[]> list)
    {
        if (list.Value.Length == 0)
        {
            errors.Add(list.Error("The list is empty."));
        }
    }
}
