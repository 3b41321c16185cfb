using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Finds, at the end of a text, the beginning of an escape that the bytes to come may complete; also one of two bytes, which is known as a
/// trigger by the byte behind it.
/// </summary>
internal static class PartialEscape
{
    // A surrogate pair behind as many backslashes as four levels of strings write.
    private const int MaxLength = 11 + MaxBackslashes;

    private const int MaxBackslashes = 16;

    private const int MaxEntity = 10;

    private static readonly SearchValues<byte> FirstBytes = SearchValues.Create([(byte)'\\', (byte)'%', (byte)'&', (byte)'=', 0xC2, 0xE1, 0xE2, 0xEF]);

    /// <summary>Where it begins; the length of <paramref name="text"/> if it ends in none.</summary>
    public static int StartOf(ReadOnlySpan<byte> text)
    {
        for (int at = Math.Max(0, text.Length - MaxLength), next; (next = text[at..].IndexOfAny(FirstBytes)) >= 0; at++)
        {
            at += next;
            if (IsPartial(text[at..]))
            {
                return at;
            }
        }

        // A character of two bytes, in either order.
        return text.Length > 1 && text[^2] == 0 ? text.Length - 2
            : text.Length > 0 && text[^1] == 0 ? Math.Max(0, text.Length - 2)
            : text.Length;
    }

    private static bool IsPartial(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'\\' => IsPartialBackslash(text),
        (byte)'%' => IsPartialPercent(text),
        (byte)'&' => text.Length <= MaxEntity && IsPartialEntity(text[1..]),
        (byte)'=' => text.Length == 1
            || (text.Length == 2 && (char.IsAsciiHexDigit((char)text[1]) || text[1] is (byte)'\r' or (byte)'\n' or (byte)'\\'))
            || text.SequenceEqual("=\\r"u8)
            || text.SequenceEqual("=\\r\\"u8),
        0xC2 => text.Length == 1 || (text.Length == 2 && text[1] == 0xAD),
        0xE1 or 0xE2 or 0xEF => text.Length == 1 || (text.Length == 2 && text[1] is >= 0x80 and <= 0xBF),
        _ => false,
    };

    private static bool IsPartialBackslash(ReadOnlySpan<byte> text)
    {
        var letter = text.IndexOfAnyExcept((byte)'\\');
        if (letter < 0)
        {
            return true;
        }

        var rest = text[(letter + 1)..];
        return text[letter] switch
        {
            (byte)'/' => rest.IsEmpty,
            (byte)'x' => rest.Length < 2 && AreHex(rest),
            (byte)'u' => rest.Length < 4 ? AreHex(rest) : IsHighSurrogate(rest[..4]) && IsPartialUnit(rest[4..]),
            _ => false,
        };
    }

    private static bool IsPartialUnit(ReadOnlySpan<byte> text)
    {
        var letter = text.IndexOfAnyExcept((byte)'\\');
        return letter < 0 || (letter > 0 && text[letter] == 'u' && text.Length - letter < 5 && AreHex(text[(letter + 1)..]));
    }

    /// <summary>One byte, or the bytes of a character that nobody sees: those are read together.</summary>
    private static bool IsPartialPercent(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3)
        {
            return AreHex(text[1..]);
        }

        return EscapeReader.TryReadHex(text[1..3], out var first)
            && (first is 0xE1 or 0xE2 or 0xEF ? text.Length < 9 : first == 0xC2 && text.Length < 6)
            && (text.Length == 3 || (text[3] == '%' && (text.Length < 6 ? AreHex(text[4..]) : AreHex(text[4..6]) && (text.Length == 6 || (text[6] == '%' && AreHex(text[7..]))))));
    }

    private static bool IsPartialEntity(ReadOnlySpan<byte> name)
    {
        foreach (var b in name.StartsWith("#"u8) ? name[1..] : name)
        {
            if (!char.IsAsciiLetterOrDigit((char)b))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsHighSurrogate(ReadOnlySpan<byte> digits) => EscapeReader.TryReadHex(digits, out var unit) && char.IsHighSurrogate((char)unit);

    private static bool AreHex(ReadOnlySpan<byte> digits) => digits.IsEmpty || EscapeReader.TryReadHex(digits, out _);
}
