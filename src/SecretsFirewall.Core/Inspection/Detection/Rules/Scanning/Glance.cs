using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// One cheap look at what stands behind a literal, before the rules that look for it are asked: nearly all of them would answer, one after the
/// other and at length, that they find nothing. It may be wrong only by asking them in vain.
/// </summary>
internal abstract class Glance
{
    /// <summary>False if none of the rules finds anything, or could with more bytes.</summary>
    /// <param name="behind">Where the literal ends.</param>
    public abstract bool MayFind(ReadOnlySpan<byte> text, int behind);

    /// <returns>Null where it takes the rules to say it.</returns>
    public static Glance? For(ImmutableArray<DetectionRule> rules) =>
        rules.IsEmpty ? null
        : rules.All(rule => rule.Shape is TokenShape) ? TokenGlance.Of([.. rules.Select(rule => ((TokenShape)rule.Shape).Body)])
        : rules.All(rule => rule.Shape is AssignmentShape or EntropyShape) ? NameGlance.Of(rules)
        : null;
}
