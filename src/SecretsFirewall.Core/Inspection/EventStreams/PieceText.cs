using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>The text of a JSON string and where each of its bytes is written. What is no escape stays what it is, as in <see cref="JsonStringCodec"/>.</summary>
internal static class PieceText
{
    /// <param name="text">As long as <paramref name="raw"/>: text is never longer than its spelling.</param>
    /// <returns>The length of the text.</returns>
    public static int Decode(ReadOnlySpan<byte> raw, Span<byte> text)
    {
        var length = 0;
        while (raw.IndexOf((byte)'\\') is var plain and >= 0)
        {
            raw[..plain].CopyTo(text[length..]);
            length += plain;
            raw = raw[plain..];
            length += Unit(raw, text[length..], out var spelled);
            raw = raw[spelled..];
        }

        raw.CopyTo(text[length..]);
        return length + raw.Length;
    }

    /// <summary>The spelling of [<paramref name="start"/>, <paramref name="end"/>) of the text: whole escapes, also where it begins or ends inside of one.</summary>
    public static (int Start, int End) RawRange(ReadOnlySpan<byte> raw, int start, int end)
    {
        var (textAt, rawAt) = (0, 0);
        var rawStart = -1;
        Span<byte> unit = stackalloc byte[4];
        while (textAt < end)
        {
            var plain = raw[rawAt..].IndexOf((byte)'\\');
            if (plain == 0)
            {
                var length = Unit(raw[rawAt..], unit, out var spelled);
                rawStart = rawStart < 0 && textAt + length > start ? rawAt : rawStart;
                textAt += length;
                rawAt += spelled;
                continue;
            }

            var run = Math.Min(plain < 0 ? raw.Length - rawAt : plain, end - textAt);
            rawStart = rawStart < 0 && textAt + run > start ? rawAt + Math.Max(0, start - textAt) : rawStart;
            textAt += run;
            rawAt += run;
        }

        return (rawStart, rawAt);
    }

    private static int Unit(ReadOnlySpan<byte> raw, Span<byte> text, out int spelled)
    {
        if (JsonStringCodec.TryReadEscape(raw, out var rune, out spelled))
        {
            return rune.EncodeToUtf8(text);
        }

        text[0] = raw[0];
        spelled = 1;
        return 1;
    }
}
