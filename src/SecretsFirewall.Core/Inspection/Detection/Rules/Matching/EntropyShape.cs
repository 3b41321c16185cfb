using System.Collections.Immutable;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// Name, assignment, random text: the net for secrets of no known format. The literal is the name or a part of it; entropy alone proves
/// nothing, for ids, hashes and names in source code have as much.
/// </summary>
internal sealed class EntropyShape(int minLength, int maxLength, Separator separator, HarmlessNames harmless) : RuleShape
{
    public const int MaxPadding = 2;

    /// <summary>The characters of a value, but for its padding.</summary>
    public static ByteSet Value { get; } = Alphabets.Parse("base62 [+/_-]");

    // Where the text goes on like this it is an expression, a file name, a mask or a longer text, not a value.
    private static readonly ByteSet NotBehind = Alphabets.Parse("base62 [+/_=.:@$%*~({[-]");

    // Percent-encoded, these end a value as they do otherwise: blanks, quotes, &, a comma, a semicolon, a backslash, line ends, a brace, a tag.
    private static readonly ImmutableArray<byte[]> EncodedEnds =
        [.. new[] { "%20", "%22", "%26", "%27", "%2c", "%3b", "%3c", "%5c", "%0a", "%0d", "%7d" }.Select(Encoding.ASCII.GetBytes)];

    private const int EncodedLength = 3;

    public int MinLength => minLength;

    public Separator Separator => separator;

    public override int LookBehind => HarmlessNames.LookBehind;

    public override int Reach(int literalLength) => literalLength + AssignmentGap.MaxLength + maxLength + MaxPadding + EncodedLength;

    public override int MaxLength(int literalLength) => maxLength + MaxPadding;

    public override bool BeginsBehindLiteral => true;

    public override int Context(int literalLength) => LookBehind + literalLength + AssignmentGap.MaxLength;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength)
    {
        var memo = default(GapMemo);
        return Match(text, at, literalLength, ref memo);
    }

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength, ref GapMemo memo)
    {
        var behind = at + literalLength;
        var gap = memo.Measure(text, behind, separator, out var open);
        if (gap < 0)
        {
            return open < 0 ? RuleMatch.None : RuleMatch.OpenFrom(behind + open);
        }

        var start = behind + gap;
        var run = Value.RunAt(text[start..], maxLength);
        var length = run + Padding(text[(start + run)..]);
        var end = start + length;
        var isFound = run >= minLength
            && !GoesOn(text[end..])
            && RandomText.IsLikely(text.Slice(start, run))
            && !harmless.AreIn(text, at, start);
        var isOpen = open >= 0 || end == text.Length || (text[end] == '%' && text.Length - end < EncodedLength);
        return isFound ? new RuleMatch(start, length, 0, isOpen)
            : isOpen ? RuleMatch.OpenFrom(open < 0 ? start : Math.Min(start, behind + open)) : RuleMatch.None;
    }

    private static bool GoesOn(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || !NotBehind.Contains(rest[0]))
        {
            return false;
        }

        foreach (var end in EncodedEnds)
        {
            if (rest.Length >= EncodedLength && Ascii.EqualsIgnoreCase(rest[..EncodedLength], end))
            {
                return false;
            }
        }

        return true;
    }

    private static int Padding(ReadOnlySpan<byte> rest)
    {
        var signs = rest.IndexOfAnyExcept((byte)'=');
        return Math.Min(signs < 0 ? rest.Length : signs, MaxPadding);
    }
}
