using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// What calls for a decoded view. Every text is full of the escapes that JSON must write (<c>\n \t \" \\</c>); those alone are no reason,
/// nor are characters that are written as escapes because they are not ASCII.
/// </summary>
internal static class EncodingTriggers
{
    private const int UnitLength = 6;

    private static readonly ByteSet Any = Range(0, 0xFF);
    private static readonly ByteSet Backslash = Set("\\");
    private static readonly ByteSet Hex = Set("0123456789ABCDEFabcdef");
    private static readonly ByteSet Visible = Set("234567");

    private static readonly EncodingTrigger[] Triggers = Number(
        (0, Backslash, Set("u"), Set("02fF"), Decodings.Escapes),
        (0, Backslash, Set("/"), Any, Decodings.Escapes),
        (0, Backslash, Set("x"), Visible, Decodings.Escapes),
        (1, Set("%"), Set("01234567"), Hex, Decodings.Escapes | Decodings.Form),
        (1, Set("%"), Set("cCeE"), Set("12fF"), Decodings.Escapes),
        (2, Set("&"), Set("#"), Set("0123456789xX"), Decodings.Escapes),
        (2, Set("&"), Letters(), Letters(), Decodings.Escapes),
        (3, Bytes(0xC2), Bytes(0xAD), Any, Decodings.Escapes),
        (3, Bytes(0xE1, 0xE2), Bytes(0x80, 0x81, 0xA0), Range(0x80, 0xBF), Decodings.Escapes),
        (3, Bytes(0xEF), Bytes(0xB8, 0xBB, 0xBC, 0xBD), Range(0x80, 0xBF), Decodings.Escapes),
        (4, Set("="), Visible, Set("0123456789ABCDEF"), Decodings.QuotedPrintable),
        (4, Set("="), Set("\r\n\\"), Any, Decodings.QuotedPrintable),
        (5, Range(0x20, 0x7E), Bytes(0), Range(0x20, 0x7E), Decodings.Utf16Even | Decodings.Utf16Odd),
        (6, Hex, Set(" :-,;|"), Visible, Decodings.HexWords),
        (7, Set("0"), Set("xX"), Visible, Decodings.HexWords));

    public static ReadOnlySpan<EncodingTrigger> All => Triggers;

    /// <summary>Looks closer where a trigger's bytes stand.</summary>
    /// <param name="end">Behind what is known to belong to it.</param>
    /// <returns>What is to be decoded; nothing if it only looked like it.</returns>
    public static Decodings Confirms(EncodingTrigger trigger, ReadOnlySpan<byte> text, int at, out int end)
    {
        end = at + 3;
        if ((trigger.Decodings & Decodings.Escapes) != 0)
        {
            if (IsVisibleUnit(text[at..]))
            {
                end = at + UnitLength;
                return trigger.Decodings;
            }

            end = at + MeaningfulEscape(text[at..]);
            return end > at ? trigger.Decodings : Decodings.None;
        }

        return trigger.Decodings switch
        {
            Decodings.QuotedPrintable => IsQuoted(text, at) ? trigger.Decodings : Decodings.None,
            Decodings.HexWords => HexWords.IsRow(text, at + HexWords.WordInTrigger, HexWords.MinRow - 1) ? trigger.Decodings : Decodings.None,
            _ => (at & 1) == 0 ? Decodings.Utf16Even : Decodings.Utf16Odd,
        };
    }

    /// <summary>True for an escape that an ordinary writer of such texts has no reason for.</summary>
    /// <param name="escape">Where it begins.</param>
    /// <param name="meaning">What it stands for.</param>
    public static bool IsMeaningful(ReadOnlySpan<byte> escape, ReadOnlySpan<byte> meaning) => escape[0] switch
    {
        (byte)'\\' when escape[1] is not ((byte)'u' or (byte)'x' or (byte)'/') => false,
        (byte)'+' => false,
        (byte)'=' => true,
        _ => meaning.IsEmpty || (meaning.Length == 1 && (meaning[0] is >= 0x20 and < 0x7F or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0)),
    };

    /// <summary>True for what bodies of nothing but escapes are made of: <c>\u0041</c>.</summary>
    private static bool IsVisibleUnit(ReadOnlySpan<byte> text) =>
        text.Length >= UnitLength && text.StartsWith("\\u00"u8) && text[4] is >= (byte)'2' and <= (byte)'6' && char.IsAsciiHexDigit((char)text[5]);

    /// <summary>The length of an escape that an ordinary writer has no reason for; else 0.</summary>
    private static int MeaningfulEscape(ReadOnlySpan<byte> text)
    {
        Span<byte> meaning = stackalloc byte[EscapeReader.MaxMeaning];
        var length = EscapeReader.Read(text, Decodings.Escapes, meaning, out var meaningLength);
        if (length > 0 && text[0] == '%' && meaning[0] >= 0x80)
        {
            return InvisibleInPercent(text);
        }

        return length > 0 && IsMeaningful(text, meaning[..meaningLength]) ? length : 0;
    }

    /// <summary>Two or three percent-encoded bytes that spell a character that is not seen, or a wide one.</summary>
    private static int InvisibleInPercent(ReadOnlySpan<byte> text)
    {
        Span<byte> character = stackalloc byte[3];
        Span<byte> meaning = stackalloc byte[EscapeReader.MaxMeaning];
        var count = 0;
        while (count < character.Length && text.Length >= 3 * (count + 1) && text[3 * count] == '%' && EscapeReader.TryReadHex(text.Slice((3 * count) + 1, 2), out var value))
        {
            character[count++] = (byte)value;
        }

        return count == 0 ? 0 : 3 * EscapeReader.Read(character[..count], Decodings.Escapes, meaning, out _);
    }

    private static bool IsQuoted(ReadOnlySpan<byte> text, int at)
    {
        // A literal equals sign is never written as itself: two before a line end are the padding of base64.
        Span<byte> meaning = stackalloc byte[EscapeReader.MaxMeaning];
        var isPadding = at > 0 && text[at - 1] == '=' && !char.IsAsciiHexDigit((char)text[at + 1]);
        return !isPadding && EscapeReader.Read(text[at..], Decodings.QuotedPrintable, meaning, out _) > 0;
    }

    private static EncodingTrigger[] Number(params ReadOnlySpan<(int Group, ByteSet First, ByteSet Second, ByteSet Third, Decodings Decodings)> patterns)
    {
        var triggers = new List<EncodingTrigger>();
        foreach (var (group, first, second, third, decodings) in patterns)
        {
            triggers.Add(new(triggers.Count, group, first, second, third, decodings == Decodings.HexWords ? Hex : Any, decodings));
        }

        return [.. triggers];
    }

    private static ByteSet Set(string characters) => new(System.Text.Encoding.ASCII.GetBytes(characters));

    private static ByteSet Bytes(params byte[] bytes) => new(bytes);

    private static ByteSet Letters() => Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static ByteSet Range(int first, int last) => new(Enumerable.Range(first, last - first + 1).Select(b => (byte)b));
}
