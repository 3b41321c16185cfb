namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>Reads a text from left to right, and remembers whether its end was in the way: then more bytes could change what was read.</summary>
internal ref struct GapReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>How far it has read. May be set back.</summary>
    public int At { get; set; }

    /// <summary>True once an answer depended on where the text ends.</summary>
    public bool HasMetEnd { get; private set; }

    private readonly ReadOnlySpan<byte> Rest => _text[At..];

    /// <summary>The next byte, which stays unread; -1 at the end.</summary>
    public int Peek()
    {
        HasMetEnd |= At == _text.Length;
        return At < _text.Length ? _text[At] : -1;
    }

    /// <summary>The byte that was read last.</summary>
    public readonly byte Last => _text[At - 1];

    public bool Take(byte expected)
    {
        var stands = Peek() == expected;
        At += stands ? 1 : 0;
        return stands;
    }

    public bool TakeOne(ByteSet set)
    {
        var stands = Peek() is >= 0 and var next && set.Contains((byte)next);
        At += stands ? 1 : 0;
        return stands;
    }

    /// <param name="expected">ASCII letters in lower case, where case is ignored.</param>
    public bool Take(ReadOnlySpan<byte> expected)
    {
        var common = Math.Min(expected.Length, Rest.Length);
        if (!System.Text.Ascii.EqualsIgnoreCase(Rest[..common], expected[..common]))
        {
            return false;
        }

        HasMetEnd |= common < expected.Length;
        At += common < expected.Length ? 0 : common;
        return common == expected.Length;
    }

    public int TakeRun(ByteSet set, int most)
    {
        var run = set.RunAt(Rest, most);
        HasMetEnd |= run == Rest.Length && run < most;
        At += run;
        return run;
    }
}
