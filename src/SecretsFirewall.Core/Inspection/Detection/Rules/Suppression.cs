using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Why a rule says nothing where one of its literals stands.</summary>
public enum Suppression
{
    /// <summary>It does find something.</summary>
    None = 0,

    /// <summary>What a secret of this kind looks like does not begin here: nothing is assigned, or the pattern does not match.</summary>
    Shape,

    /// <summary>Too few or other characters than the format has.</summary>
    Length,

    /// <summary>It goes on, or something stands before it: it is a piece of a longer word.</summary>
    Boundary,

    /// <summary>A kind of character is missing that every secret of this kind has.</summary>
    Alphabet,

    /// <summary>Too regular to be random.</summary>
    Entropy,

    /// <summary>It holds a word of placeholders, examples or code.</summary>
    StopWord,

    /// <summary>The checksum is wrong, and this format is known to have one.</summary>
    Checksum,
}

/// <summary>Asks a rule as the scan does, and says what decided. For people who ask why; the scan itself does without the reasons.</summary>
public static class Suppressions
{
    /// <returns>Where several literals stand, the answer that came closest to a finding.</returns>
    /// <param name="length">Of the finding, or of what nearly was one; 0 where it is not known.</param>
    public static Suppression Explain(this DetectionRule rule, ReadOnlySpan<byte> text, int at, out int start, out int length, out RuleConfidence confidence)
    {
        if (rule.Matches(text, at, out start, out length, out confidence))
        {
            return Suppression.None;
        }

        var closest = Suppression.Shape;
        foreach (var literal in rule.Literals)
        {
            if (!literal.IsAt(text, at))
            {
                continue;
            }

            var match = rule.Shape.Match(text, at, literal.Length);
            var reason = match.IsFound
                ? rule.Acceptance.Judge(text.Slice(match.Start, match.Length), match.Body, out _)
                : WhyNot(rule.Shape, text, at, literal.Length);
            if (reason > closest)
            {
                closest = reason;
                (start, length) = match.IsFound ? (match.Start, match.Length) : (at, 0);
            }
        }

        return closest;
    }

    private static Suppression WhyNot(RuleShape shape, ReadOnlySpan<byte> text, int at, int literal)
    {
        switch (shape)
        {
            case TokenShape token when at >= token.Lead && token.LeadParts.Match(text[(at - token.Lead)..at], out _) >= 0:
                return token.Body.Match(text[(at + literal)..], out _) < 0 ? Suppression.Length : Suppression.Boundary;
            case AssignmentShape assignment when AssignmentGap.Measure(text[(at + literal)..], assignment.Separator, out _) is var gap and >= 0:
                return assignment.Value.Match(text[(at + literal + gap)..], out _) <= 0 ? Suppression.Length : Suppression.Boundary;
            default:
                return Suppression.Shape;
        }
    }
}
