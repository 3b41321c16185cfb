using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Reads one escape of any family. What an escape stands for does not depend on what stands around it, but for the parity of backslashes,
/// so that a text may be read from the start of any escape.
/// </summary>
internal static class EscapeReader
{
    /// <summary>The longest spelling of one character: <c>&amp;#x0010FFFF;</c>, or a surrogate pair in JSON.</summary>
    public const int MaxSpelling = 12;

    /// <summary>The longest meaning: a character beyond the basic plane in UTF-8.</summary>
    public const int MaxMeaning = 4;

    /// <summary>Bytes that begin an escape, by decoding.</summary>
    private static readonly SearchValues<byte> OfEscapes = SearchValues.Create([(byte)'\\', (byte)'%', (byte)'&', 0xC2, 0xE1, 0xE2, 0xEF]);

    private static readonly SearchValues<byte> OfForm = SearchValues.Create([(byte)'\\', (byte)'%', (byte)'&', (byte)'+', 0xC2, 0xE1, 0xE2, 0xEF]);

    private static readonly SearchValues<byte> OfQuotedPrintable = SearchValues.Create([(byte)'=']);

    public static SearchValues<byte> FirstBytes(Decodings decoding) => decoding switch
    {
        Decodings.QuotedPrintable => OfQuotedPrintable,
        Decodings.Form => OfForm,
        _ => OfEscapes,
    };

    /// <summary>The length of the escape at the start of <paramref name="text"/>; 0 if there is none.</summary>
    /// <param name="meaning">What it stands for, of at least <see cref="MaxMeaning"/> bytes; nothing for what nobody sees.</param>
    public static int Read(ReadOnlySpan<byte> text, Decodings decoding, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        return text[0] switch
        {
            (byte)'\\' => ReadBackslash(text, meaning, out meaningLength),
            (byte)'%' => ReadPercent(text, meaning, out meaningLength),
            (byte)'&' => ReadEntity(text, meaning, out meaningLength),
            (byte)'=' when decoding == Decodings.QuotedPrintable => ReadQuoted(text, meaning, out meaningLength),
            (byte)'+' when decoding == Decodings.Form => One((byte)' ', 1, meaning, out meaningLength),
            >= 0x80 => ReadCharacter(text, meaning, out meaningLength),
            _ => 0,
        };
    }

    /// <summary>True for characters that are not seen and so may stand inside a word: zero-width ones, direction marks, soft hyphens, variation selectors.</summary>
    public static bool IsInvisible(int codePoint) => codePoint is
        0xAD or 0x180E or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x2064) or (>= 0x2066 and <= 0x206F)
        or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    /// <summary>True for the wide copies of ASCII, which NFKC makes ASCII again.</summary>
    public static bool IsFullWidth(int codePoint) => codePoint is >= 0xFF01 and <= 0xFF5E;

    public static bool TryReadHex(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            value = (value << 4) | Nibble(digit);
        }

        return !digits.IsEmpty;
    }

    public static int Nibble(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static int ReadBackslash(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        if (text.Length < 2)
        {
            return 0;
        }

        return text[1] switch
        {
            (byte)'n' => One((byte)'\n', 2, meaning, out meaningLength),
            (byte)'r' => One((byte)'\r', 2, meaning, out meaningLength),
            (byte)'t' => One((byte)'\t', 2, meaning, out meaningLength),
            (byte)'b' => One((byte)'\b', 2, meaning, out meaningLength),
            (byte)'f' => One((byte)'\f', 2, meaning, out meaningLength),
            (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'\'' => One(text[1], 2, meaning, out meaningLength),
            (byte)'x' when text.Length >= 4 && TryReadHex(text[2..4], out var value) => One((byte)value, 4, meaning, out meaningLength),
            (byte)'u' => ReadUnit(text, meaning, out meaningLength),
            _ => 0,
        };
    }

    private static int ReadUnit(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        if (text.Length < 6 || !TryReadHex(text[2..6], out var unit))
        {
            return 0;
        }

        if (!char.IsSurrogate((char)unit))
        {
            return Character(unit, 6, meaning, out meaningLength);
        }

        return text.Length >= 12 && text[6] == '\\' && text[7] == 'u' && TryReadHex(text[8..12], out var low)
            && char.IsSurrogatePair((char)unit, (char)low)
            ? Character(char.ConvertToUtf32((char)unit, (char)low), 12, meaning, out meaningLength)
            : 0;
    }

    private static int ReadPercent(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        return text.Length >= 3 && TryReadHex(text[1..3], out var value) ? One((byte)value, 3, meaning, out meaningLength) : 0;
    }

    private static int ReadEntity(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        var end = text[..Math.Min(text.Length, MaxSpelling)].IndexOf((byte)';');
        if (end < 3)
        {
            return 0;
        }

        var name = text[1..end];
        int codePoint;
        if (name[0] != '#')
        {
            return HtmlEntities.TryFind(name, out codePoint) ? Character(codePoint, end + 1, meaning, out meaningLength) : 0;
        }

        var isNumber = (name[1] | 0x20) == 'x'
            ? TryReadHex(name[2..], out codePoint)
            : int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out codePoint);
        return isNumber && Rune.IsValid(codePoint) ? Character(codePoint, end + 1, meaning, out meaningLength) : 0;
    }

    private static int ReadQuoted(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        if (text.Length >= 3 && TryReadHex(text[1..3], out var value) && !text[1..3].ContainsAnyInRange((byte)'a', (byte)'f'))
        {
            return One((byte)value, 3, meaning, out meaningLength);
        }

        // A soft line break, also where the line end is an escape of the string around it.
        foreach (var lineEnd in (ReadOnlySpan<string>)["\r\n", "\n", "\\r\\n", "\\n"])
        {
            if (text.Length > lineEnd.Length && Ascii.Equals(text.Slice(1, lineEnd.Length), lineEnd))
            {
                return 1 + lineEnd.Length;
            }
        }

        return 0;
    }

    private static int ReadCharacter(ReadOnlySpan<byte> text, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        return Rune.DecodeFromUtf8(text, out var rune, out var length) == OperationStatus.Done && (IsInvisible(rune.Value) || IsFullWidth(rune.Value))
            ? Character(rune.Value, length, meaning, out meaningLength)
            : 0;
    }

    private static int Character(int codePoint, int spelled, Span<byte> meaning, out int meaningLength)
    {
        meaningLength = 0;
        if (!IsInvisible(codePoint))
        {
            meaningLength = new Rune(IsFullWidth(codePoint) ? codePoint - 0xFF01 + '!' : codePoint).EncodeToUtf8(meaning);
        }

        return spelled;
    }

    private static int One(byte value, int spelled, Span<byte> meaning, out int meaningLength)
    {
        meaning[0] = value;
        meaningLength = 1;
        return spelled;
    }
}
