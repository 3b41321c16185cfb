using SecretsFirewall.Policy.Conditions;

namespace SecretsFirewall.Policy.Rules;

/// <summary>A compiled line of policy. <paramref name="Order"/> is its place among all rules by id; it settles ties.</summary>
internal sealed record PolicyRule(
    int Order, string Id, PolicyStage On, PolicyOutcome Outcome, Condition Match, string Reason, string? Advice, IReadOnlyList<RuleException> Exceptions)
{
    /// <summary>This rule alone as the list of what matched: by far the most frequent list.</summary>
    public IReadOnlyList<string> Alone { get; } = [Id];

    /// <summary>Set on a rule that lets a tunnel be carried unread. After its end it says nothing at all: what it allowed is for the others to decide.</summary>
    public OpaqueRule? Opaque { get; init; }

    public RuleEffects Effects { get; init; } = RuleEffects.None;

    /// <summary>Asked and recorded, and nothing else.</summary>
    public bool IsShadow { get; init; }

    /// <summary>It asks for what only the inspected request shows.</summary>
    public bool IsLate { get; init; }

    public bool Applies(Question question)
    {
        if (Opaque is not null && question.Facts.At >= Opaque.End)
        {
            return false;
        }

        var truth = Match.Test(question);
        if (truth == Truth.False || (truth == Truth.Unknown && (Outcome == PolicyOutcome.Allow) != question.Facts.AnyArguments))
        {
            return false;
        }

        foreach (var exception in Exceptions)
        {
            if (exception.Lifts(question))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether it may apply once more is known.</summary>
    public bool MayApply(Question question) => Match.Test(question) != Truth.False;
}

/// <summary>Lifts the rule that holds it where its own narrower match is certain, until <paramref name="End"/>.</summary>
internal sealed record RuleException(Condition Match, DateTimeOffset End)
{
    public bool Lifts(Question question) => question.Facts.At < End && Match.Test(question) >= (question.Facts.AnyArguments ? Truth.Unknown : Truth.True);
}
