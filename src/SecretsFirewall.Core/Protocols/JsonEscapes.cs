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

    private static bool IsUnit(ReadOnlySpan<byte> text, out char unit)
    {
        ushort value = 0;
        var isUnit = text.Length >= 6 && text[0] == '\\' && text[1] == 'u'
            && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        unit = (char)value;
        return isUnit;
    }
}
