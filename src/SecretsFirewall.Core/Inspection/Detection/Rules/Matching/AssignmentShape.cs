namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>What has to stand between a name and its value.</summary>
internal enum Separator
{
    /// <summary><c>=</c>, <c>:</c>, <c>=&gt;</c> and the like, with the quotes around them.</summary>
    Assignment = 0,

    /// <summary>One or more blanks alone, as behind a command line's option or a header's scheme.</summary>
    Blank,
}

/// <summary>Name, separator, value: only the value is the secret. The literal is the name or a part of it.</summary>
internal sealed class AssignmentShape(PartSequence value, Separator separator, Boundaries name, HarmlessNames harmless, ByteSet notBehind) : RuleShape
{
    public PartSequence Value => value;

    public override int LookBehind => Math.Max(Boundaries.LookBehind, HarmlessNames.LookBehind);

    public override int Reach(int literalLength) => literalLength + AssignmentGap.MaxLength + value.MaxLength + 1;

    public override int MaxLength(int literalLength) => value.MaxLength;

    public override bool TryMatch(ReadOnlySpan<byte> text, int at, int literalLength, out int start, out int length, out int bodyStart)
    {
        bodyStart = 0;
        length = 0;
        start = at;
        var gap = AssignmentGap.Measure(text[(at + literalLength)..], separator, out _);
        if (gap < 0 || !name.Allow(text, at, literalLength))
        {
            return false;
        }

        start = at + literalLength + gap;
        length = value.Match(text[start..]);
        var end = start + length;
        return length > 0 && (end == text.Length || !notBehind.Contains(text[end])) && !harmless.AreIn(text, at, start);
    }
}
