namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>How a kind of rule gets from its literal to the finding. Reads a bounded stretch of the text, allocates nothing.</summary>
internal abstract class RuleShape
{
    /// <summary>How far before the literal anything is read.</summary>
    public abstract int LookBehind { get; }

    /// <summary>How far before the literal the finding may begin.</summary>
    public virtual int Lead => 0;

    /// <summary>True if the literal is no part of the finding, which begins behind it: a literal that is not whole yet hides no secret.</summary>
    public virtual bool BeginsBehindLiteral => false;

    /// <summary>Two shapes with one key answer <see cref="OpenFrom"/> alike.</summary>
    public virtual string OpenKey => "";

    /// <summary>How far before the finding anything is read: what a stream keeps of the text that it has let go.</summary>
    public abstract int Context(int literalLength);

    /// <summary>How far from the literal's first byte anything is read.</summary>
    public abstract int Reach(int literalLength);

    /// <summary>The longest finding.</summary>
    public abstract int MaxLength(int literalLength);

    /// <summary>The text's end counts as a boundary; whether it mattered is in <see cref="RuleMatch.IsOpen"/>.</summary>
    /// <param name="at">Where the literal stands.</param>
    public abstract RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength);

    /// <summary>As the other, for shapes that measure what several rules measure.</summary>
    public virtual RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength, ref GapMemo memo) => Match(text, at, literalLength);

    /// <summary>How many bytes of the finding that starts at <paramref name="start"/> are left out of it.</summary>
    public virtual int Skipped(ReadOnlySpan<byte> text, int start) => 0;

    /// <summary>
    /// The first byte that a finding could have whose literal has not arrived whole: the text from <paramref name="at"/> to its end is the literal's beginning.
    /// The text's length if there is none.
    /// </summary>
    public virtual int OpenFrom(ReadOnlySpan<byte> text, int at) => BeginsBehindLiteral ? text.Length : at;
}
