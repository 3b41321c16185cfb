using System.Globalization;

namespace SecretsFirewall.Protocols;

/// <summary>The escapes of a JSON string that a grammar cannot judge.</summary>
internal static class JsonEscapes
{
    /// <summary>
    /// False where <c>\u</c> escapes leave half a surrogate pair: JSON by the grammar and no text, so parsers differ in what they make of it.
    /// </summary>
    /// <param name="text">The raw content of a string whose escapes are well-formed.</param>
    public static bool HasOnlyWholePairs(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf((byte)'\\') is var at and >= 0)
        {
            text = text[at..];
            if (!IsUnit(text, out var unit) || !char.IsSurrogate(unit))
            {
                text = text[2..];
                continue;
            }

            if (!char.IsHighSurrogate(unit) || !IsUnit(text[6..], out var low) || !char.IsLowSurrogate(low))
            {
                return false;
            }

            text = text[12..];
        }

        return true;
    }

    /// <summary>Whether a word stands in a text in any capitals, in letters or in the escapes of JSON and JavaScript.</summary>
    /// <param name="word">In small letters; the first one stands nowhere else in it.</param>
    public static bool Spell(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (var matched = 0; !text.IsEmpty;)
        {
            var letter = Next(ref text) | 0x20;
            matched = letter == word[matched] ? matched + 1 : letter == word[0] ? 1 : 0;
            if (matched == word.Length)
            {
                return true;
            }
        }

        return false;
    }

    private static int Next(ref ReadOnlySpan<byte> text)
    {
        var (letter, length) = text switch
        {
            [(byte)'\\', (byte)'u', ..] when IsUnit(text, out var unit) => (unit, 6),
            [(byte)'\\', (byte)'x', _, _, ..] when byte.TryParse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => (code, 4),
            [(byte)'\\', var escaped, ..] => (escaped, 2),
            _ => ((int)text[0], 1),
        };
        text = text[length..];
        return letter;
    }

    private static bool IsUnit(ReadOnlySpan<byte> text, out char unit)
    {
        ushort value = 0;
        var isUnit = text.Length >= 6 && text[0] == '\\' && text[1] == 'u'
            && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        unit = (char)value;
        return isUnit;
    }
}
