using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Compilation;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>Makes a rule's examples and asks the rule about each: a rule that answers one of them wrongly does not load.</summary>
internal static class ExampleChecker
{
    public static void Check(DetectionRule rule, RulePlace place)
    {
        Check(rule, place, rule.Templates.Match, "match", mustMatch: true);
        Check(rule, place, rule.Templates.NoMatch, "no_match", mustMatch: false);
    }

    private static void Check(DetectionRule rule, RulePlace place, ImmutableArray<string> templates, string member, bool mustMatch)
    {
        for (var i = 0; i < templates.Length; i++)
        {
            for (var literal = 0; literal < rule.Literals.Length; literal++)
            {
                var step = $"examples/{member}/{i}";
                if (!ExampleTemplate.TryFill(rule, templates[i], literal, mustMatch, out var example, out var error))
                {
                    place.Fail(step, error);
                    break;
                }

                if (Complaint(rule, example) is { } complaint)
                {
                    place.Fail(step, $"{complaint} (with '{rule.Literals[literal]}')");
                }
            }
        }
    }

    private static string? Complaint(DetectionRule rule, RuleExample example)
    {
        if (example is { MustMatch: true, Start: < 0 })
        {
            return "A text that must match has a {secret}.";
        }

        var found = FirstIn(rule, example.Text.Span);
        return (example.MustMatch, found) switch
        {
            (true, null) => "The secret is not found.",
            (true, var (start, length)) when start != example.Start || length != example.Length => "Something else than the secret is found.",
            (false, not null) => "Something is found.",
            _ => null,
        };
    }

    private static (int Start, int Length)? FirstIn(DetectionRule rule, ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (rule.Matches(text, at, out var start, out var length, out _))
            {
                return (start, length);
            }
        }

        return null;
    }
}
