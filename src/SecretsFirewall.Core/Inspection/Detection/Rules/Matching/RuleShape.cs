namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>How a kind of rule gets from its literal to the finding. Reads a bounded stretch of the text, allocates nothing.</summary>
internal abstract class RuleShape
{
    /// <summary>How far the finding's first byte or anything else that is read may stand before the literal.</summary>
    public abstract int LookBehind { get; }

    /// <summary>How far from the literal's first byte anything is read.</summary>
    public abstract int Reach(int literalLength);

    /// <summary>The longest finding.</summary>
    public abstract int MaxLength(int literalLength);

    /// <param name="at">Where the literal stands.</param>
    /// <param name="bodyStart">Where, in the finding, the part begins that is not the literal.</param>
    public abstract bool TryMatch(ReadOnlySpan<byte> text, int at, int literalLength, out int start, out int length, out int bodyStart);
}
