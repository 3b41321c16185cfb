namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// Name, assignment, random text: the net for secrets of no known format. The literal is the name or a part of it; entropy alone proves
/// nothing, for ids, hashes and names in source code have as much.
/// </summary>
internal sealed class EntropyShape(int minLength, int maxLength, HarmlessNames harmless) : RuleShape
{
    public const int MaxPadding = 2;

    private static readonly ByteSet Value = Alphabets.Parse("base62 [+/_-]");

    // Where the text goes on like this it is an expression, a file name, a mask or a longer text, not a value.
    private static readonly ByteSet NotBehind = Alphabets.Parse("base62 [+/_=.:@$%*~({[-]");

    public int MinLength => minLength;

    public override int LookBehind => HarmlessNames.LookBehind;

    public override int Reach(int literalLength) => literalLength + AssignmentGap.MaxLength + maxLength + MaxPadding + 1;

    public override int MaxLength(int literalLength) => maxLength + MaxPadding;

    public override bool TryMatch(ReadOnlySpan<byte> text, int at, int literalLength, out int start, out int length, out int bodyStart)
    {
        bodyStart = 0;
        length = 0;
        start = at;
        var gap = AssignmentGap.Measure(text[(at + literalLength)..], Separator.Assignment, out _);
        if (gap < 0)
        {
            return false;
        }

        start = at + literalLength + gap;
        var run = Value.RunAt(text[start..], maxLength);
        length = run + Padding(text[(start + run)..]);
        return run >= minLength
            && (start + length == text.Length || !NotBehind.Contains(text[start + length]))
            && RandomText.IsLikely(text.Slice(start, run))
            && !harmless.AreIn(text, at, start);
    }

    private static int Padding(ReadOnlySpan<byte> rest)
    {
        var signs = rest.IndexOfAnyExcept((byte)'=');
        return Math.Min(signs < 0 ? rest.Length : signs, MaxPadding);
    }
}
