using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// What became part of a range under another finding's name: a token behind <c>password=</c>. It has its say about what is done with the range
/// (<see cref="Detection.ActionUnder"/>): a less sure rule around it must not let it out.
/// </summary>
/// <param name="Name">Its own; default where the rule found several things in the range.</param>
/// <param name="Next">The others.</param>
public sealed record Swallowed(FindingKind Kind, string Rule, SecretName Name, Swallowed? Next)
{
    // Honest ranges have a few. What would have more is treated as what was not read.
    private const int Most = 64;

    /// <summary>One more in front of <paramref name="others"/>, each rule once.</summary>
    internal static Swallowed Add(Swallowed? others, FindingKind kind, string rule, SecretName name)
    {
        var count = 0;
        for (var one = others; one is not null; one = one.Next, count++)
        {
            if (one.Rule == rule)
            {
                return one.Name == name || one.Name == default ? others! : new(kind, rule, default, others);
            }
        }

        return count < Most ? new(kind, rule, name, others)
            : others!.Kind is FindingKind.Unread ? others
            : new(FindingKind.Unread, WorkBudget.Rule, default, others);
    }
}
