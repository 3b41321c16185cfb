using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>What every value has that a rule finds behind a name.</summary>
/// <param name="Set">Its characters are among these.</param>
/// <param name="Least">It has at least so many.</param>
/// <param name="LeastWithoutDigits">And so many if none of them is a digit.</param>
/// <param name="LongestText">The longest fixed text in it.</param>
internal readonly record struct NamedValue(ByteSet Set, int Least, int LeastWithoutDigits, int LongestText, Separator Separator)
{
    public static NamedValue Of(DetectionRule rule)
    {
        if (rule.Shape is EntropyShape random)
        {
            return new(EntropyShape.Value, random.MinLength, Math.Max(random.MinLength, RandomText.MinWithoutDigits), 0, random.Separator);
        }

        var shape = (AssignmentShape)rule.Shape;
        var parts = shape.Value.Parts;
        var needsDigit = rule.Acceptance.Needs.Any(need => need.Members.Length > 0 && need.IsWithin(Digits));
        return new(
            parts.Aggregate(ByteSet.Empty, (all, part) => all.Union(part.Set)),
            shape.Value.MinLength,
            needsDigit ? int.MaxValue : shape.Value.MinLength,
            parts.Max(part => part.Text.Length),
            shape.Separator);
    }

    private static readonly ByteSet Digits = Alphabets.Parse("digit");
}
