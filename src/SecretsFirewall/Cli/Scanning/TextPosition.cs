namespace SecretsFirewall.Cli.Scanning;

/// <summary>A place in a text as editors count it: lines from 1, columns from 1 in code points of UTF-8. A byte that is no UTF-8 counts as one.</summary>
internal readonly record struct TextPosition(long Line, long Column)
{
    public static TextPosition Start { get; } = new(1, 1);

    /// <summary>The place behind <paramref name="text"/>, if that begins here.</summary>
    public TextPosition After(ReadOnlySpan<byte> text)
    {
        var lines = text.Count((byte)'\n');
        var line = lines == 0 ? text : text[(text.LastIndexOf((byte)'\n') + 1)..];
        var continuing = 0;
        foreach (var b in line)
        {
            continuing += (b & 0xC0) == 0x80 ? 1 : 0;
        }

        return new TextPosition(Line + lines, (lines == 0 ? Column : 1) + line.Length - continuing);
    }
}
