namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>A stretch of a token: either fixed text, or between <see cref="Min"/> and <see cref="Max"/> characters of an alphabet.</summary>
internal sealed class TokenPart
{
    private readonly byte[] _text = [];

    public TokenPart(byte[] text)
    {
        _text = text;
        Set = new ByteSet(text);
        Min = Max = text.Length;
    }

    public TokenPart(ByteSet set, int min, int max)
    {
        Set = set;
        Min = min;
        Max = max;
    }

    /// <summary>Empty if the part is no fixed text.</summary>
    public ReadOnlySpan<byte> Text => _text;

    public bool IsText => _text.Length > 0;

    /// <summary>The characters that may stand in it.</summary>
    public ByteSet Set { get; }

    public int Min { get; }

    public int Max { get; }

    public bool IsFixed => Min == Max;
}
