using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>Refuses rules that would load and do harm: too slow, too noisy, never able to match, or with nothing that shows they work.</summary>
internal static class RuleLint
{
    // Below this a scan for literals stops where there is nothing.
    private const int MinLiteral = 3;

    // A literal of four bytes with a separator, a digit or a capital stands in ordinary text too rarely to matter.
    private const int MinStrongLiteral = 4;

    // A stream holds back as much as this at worst.
    private const int MaxReach = 64 * 1024;

    // What a weak literal must be followed by to be no word.
    private const int MinExactBody = 16;

    public static void Check(DetectionRule rule, RulePlace place)
    {
        CheckExamples(rule, place);
        CheckLiterals(rule, place);
        if (rule.Reach > MaxReach)
        {
            place.Fail("", $"It may reach over {rule.Reach} bytes; {MaxReach} is the most.");
        }

        CheckEntropy(rule, place);
    }

    private static void CheckExamples(DetectionRule rule, RulePlace place)
    {
        // Of a pattern no example can be made up; whoever brings it has tried it.
        if (rule.Kind != RuleKind.Regex && (place.Document.Examples.Match.Length == 0 || place.Document.Examples.NoMatch.Length == 0))
        {
            place.Fail("examples", "There is an example that must match and one that must not.");
        }
    }

    private static void CheckLiterals(DetectionRule rule, RulePlace place)
    {
        var member = rule.Kind is RuleKind.Assignment or RuleKind.Entropy ? "keywords" : "literals";
        for (var i = 0; i < rule.Literals.Length; i++)
        {
            var literal = rule.Literals[i].ToString();
            var step = $"{member}/{i}";
            if (literal.Length < MinLiteral || !System.Text.Ascii.IsValid(rule.Literals[i].Bytes.Span))
            {
                place.Fail(step, $"'{literal}' is too short to be looked for: {MinLiteral} bytes of ASCII or more.");
            }
            else if (rule.Kind is RuleKind.Assignment or RuleKind.Entropy)
            {
                CheckKeyword(rule.Kind, literal, step, place);
            }
            else if (rule.Kind == RuleKind.Regex && literal.Length < MinStrongLiteral)
            {
                place.Fail(step, $"'{literal}' stands in too many texts to ask a pattern there: {MinStrongLiteral} bytes or more.");
            }
            else if (rule.Shape is TokenShape token && IsWeak(literal) && !IsGuarded(token, place.Document))
            {
                place.Fail(step, $"'{literal}' is a weak anchor: it needs 'not_before' with letters, digits, '_' and '-', and a body of exact length.");
            }
        }
    }

    private static void CheckKeyword(RuleKind kind, string keyword, string step, RulePlace place)
    {
        if (keyword.Any(char.IsAsciiLetterUpper))
        {
            place.Fail(step, "Keywords are written in lower case, and match in either.");
        }

        // A random value is asked of entropy rules as it is.
        if (kind == RuleKind.Assignment && NoisyAnchors.FalseAssignmentsPerMegabyte(keyword) > NoisyAnchors.MaxFalseAssignments)
        {
            place.Fail(step, $"'{keyword}' is assigned other things too often.");
        }
    }

    private static bool IsWeak(string literal) =>
        literal.Length < MinStrongLiteral
        || literal.All(char.IsAsciiLetterLower)
        || NoisyAnchors.HitsPerMegabyte(literal) > NoisyAnchors.MaxHits;

    // Its lead stands in for a boundary: there the literal is not where the token begins.
    private static bool IsGuarded(TokenShape shape, RuleDocument document) =>
        (shape.Lead > 0 || (document.NotBefore is { } before && Alphabets.TryParse(before, out var set) && set.Contains((byte)'_') && set.Contains((byte)'-') && set.Contains((byte)'a')))
        && shape.Body.MinLength >= MinExactBody
        && (shape.Body.Parts.All(part => part.IsFixed || part.Min >= MinExactBody)
            || shape.Body.Parts.Any(part => part.IsFixed && !part.IsText && part.Min >= MinExactBody));

    private static void CheckEntropy(DetectionRule rule, RulePlace place)
    {
        if (place.Document.Entropy is { } floor && (floor <= 0 || floor > Math.Log2(Math.Max(1, ShortestBody(rule.Shape)))))
        {
            place.Fail("entropy", "No text of the least length has so much entropy.");
        }
    }

    private static int ShortestBody(RuleShape shape) => shape switch
    {
        TokenShape token => token.Body.MinLength,
        AssignmentShape assignment => assignment.Value.MinLength,
        UrlPasswordShape url => url.Password.MinLength,
        BlockShape block => block.MinRun,
        RegexShape regex => regex.MaxLength(0),
        EntropyShape random => random.MinLength,
        _ => 0,
    };
}
