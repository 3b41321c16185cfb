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

    public Separator Separator => separator;

    public override int LookBehind => Math.Max(Boundaries.LookBehind, HarmlessNames.LookBehind);

    public override int Reach(int literalLength) => literalLength + AssignmentGap.MaxLength + value.MaxLength + 1;

    public override int MaxLength(int literalLength) => value.MaxLength;

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
        if ((gap < 0 && open < 0) || !name.AllowStart(text, at))
        {
            return RuleMatch.None;
        }

        if (gap < 0)
        {
            return RuleMatch.OpenFrom(behind + open);
        }

        var start = behind + gap;
        var length = value.Match(text[start..], out var isOpen);
        var end = start + Math.Max(0, length);
        isOpen |= open >= 0 || (length > 0 && end == text.Length);
        var isFound = length > 0 && (end == text.Length || !notBehind.Contains(text[end]));
        if (isFound && harmless.AreIn(text, at, start))
        {
            return open < 0 ? RuleMatch.None : RuleMatch.OpenFrom(Math.Min(start, behind + open));
        }

        return isFound ? new RuleMatch(start, length, 0, isOpen)
            : isOpen ? RuleMatch.OpenFrom(open < 0 ? start : Math.Min(start, behind + open)) : RuleMatch.None;
    }
}
