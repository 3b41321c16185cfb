namespace SecretsFirewall.Policy.Conditions;

/// <summary>
/// A compiled test. It cannot fail: what it needs is compiled at load, and a fact that is not there is <see cref="Truth.Unknown"/>.
/// </summary>
internal abstract class Condition
{
    /// <summary>
    /// Where it stands in a conjunction: the cheap ones first, and those that take notes (method, path) last,
    /// so that a note is taken only where everything else lets the rule apply.
    /// </summary>
    public abstract ConditionRank Rank { get; }

    public abstract Truth Test(Question question);
}

internal enum ConditionRank
{
    Value = 0,
    Text,
    Group,

    /// <summary>Reads JSON or a command line.</summary>
    Costly,
    Method,
    Path,
}

internal sealed class ValueCondition(Func<Question, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Value;

    public override Truth Test(Question question) => test(question).ToTruth();
}

/// <summary>A test that says by itself what is not known.</summary>
internal sealed class TruthCondition(Func<Question, Truth> test, ConditionRank rank = ConditionRank.Value) : Condition
{
    public override ConditionRank Rank => rank;

    public override Truth Test(Question question) => test(question);
}

internal sealed class NumberCondition(Func<Question, long?> fact, Func<long, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Value;

    public override Truth Test(Question question) => fact(question) is { } number ? test(number).ToTruth() : Truth.Unknown;
}

internal sealed class FlagCondition(Func<Question, bool?> fact, bool expected) : Condition
{
    public override ConditionRank Rank => ConditionRank.Value;

    public override Truth Test(Question question) => fact(question) is { } flag ? (flag == expected).ToTruth() : Truth.Unknown;
}

internal sealed class TextCondition(Func<Question, string?> fact, Func<string, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Text;

    public override Truth Test(Question question) => fact(question) is { } text ? test(text).ToTruth() : Truth.Unknown;
}

/// <summary>Holds if any of the texts passes; none does where the list is empty.</summary>
internal sealed class AnyTextCondition(Func<Question, IReadOnlyList<string>?> fact, Func<string, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Text;

    public override Truth Test(Question question) => fact(question) is { } texts ? texts.Any(test).ToTruth() : Truth.Unknown;
}

internal sealed class MethodCondition(Func<string, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Method;

    public override Truth Test(Question question)
    {
        question.RestsOnMethod = true;
        return test(question.Facts.Method).ToTruth();
    }
}

/// <summary>An encoded slash has two readings. Where both give the same answer, that is the answer; otherwise nobody can know.</summary>
internal sealed class PathCondition(Func<string, bool> test) : Condition
{
    public override ConditionRank Rank => ConditionRank.Path;

    public override Truth Test(Question question)
    {
        if (question.Path is { } path)
        {
            var answer = test(path.Joined);
            if (path.IsOne || answer == test(path.Split))
            {
                return answer.ToTruth();
            }
        }

        question.PathUndecided = true;
        return Truth.Unknown;
    }
}

internal sealed class AllCondition : Condition
{
    private readonly Condition[] _parts;

    public AllCondition(IEnumerable<Condition> parts)
    {
        _parts = [.. parts.OrderBy(part => part.Rank)];
        Rank = _parts.Aggregate(ConditionRank.Group, (rank, part) => part.Rank > rank ? part.Rank : rank);
    }

    public override ConditionRank Rank { get; }

    public override Truth Test(Question question)
    {
        var result = Truth.True;
        foreach (var part in _parts)
        {
            var truth = part.Test(question);
            if (truth == Truth.False)
            {
                return Truth.False;
            }

            result = truth < result ? truth : result;
        }

        return result;
    }
}

internal sealed class AnyCondition : Condition
{
    private readonly Condition[] _parts;

    public AnyCondition(IEnumerable<Condition> parts)
    {
        _parts = [.. parts.OrderBy(part => part.Rank)];
        Rank = _parts.Aggregate(ConditionRank.Group, (rank, part) => part.Rank > rank ? part.Rank : rank);
    }

    public override ConditionRank Rank { get; }

    public override Truth Test(Question question)
    {
        var result = Truth.False;
        foreach (var part in _parts)
        {
            var truth = part.Test(question);
            if (truth == Truth.True)
            {
                return Truth.True;
            }

            result = truth > result ? truth : result;
        }

        return result;
    }
}

internal sealed class NotCondition(Condition part) : Condition
{
    public override ConditionRank Rank => part.Rank;

    public override Truth Test(Question question) => part.Test(question).Not();
}
