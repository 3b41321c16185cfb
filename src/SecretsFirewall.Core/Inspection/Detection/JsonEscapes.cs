namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// Where an escape of a JSON string stands (RFC 8259 section 7). A reference that took the place of its last bytes alone would leave a backslash behind,
/// and the string would be broken.
/// </summary>
internal static class JsonEscapes
{
    // A longer run is itself text: JSON in JSON, six deep, writes 63 before a quote. A stream keeps more than that of what it has let go.
    private const int MaxBackslashes = 240;

    private const int HexDigits = 4;

    /// <summary>How many bytes from <paramref name="at"/> on belong to an escape that begins before it.</summary>
    public static int TailAt(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] is (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' or (byte)'/' && IsEscaped(text, at))
        {
            return 1;
        }

        for (var letter = at; letter > 0 && letter >= at - HexDigits; letter--)
        {
            if (text[letter] == 'u' && IsEscaped(text, letter))
            {
                var digits = text[(letter + 1)..Math.Min(text.Length, letter + 1 + HexDigits)];
                return digits.Length == HexDigits && IsHex(digits) ? letter + 1 + HexDigits - at : 0;
            }
        }

        return 0;
    }

    /// <summary>True for a quote that begins or ends a string.</summary>
    public static bool IsUnescapedQuote(ReadOnlySpan<byte> text, int at) => at < text.Length && text[at] == '"' && !IsEscaped(text, at);

    private static bool IsEscaped(ReadOnlySpan<byte> text, int at)
    {
        var backslashes = 0;
        while (backslashes < MaxBackslashes && backslashes < at && text[at - backslashes - 1] == '\\')
        {
            backslashes++;
        }

        return backslashes % 2 == 1;
    }

    private static bool IsHex(ReadOnlySpan<byte> digits)
    {
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }
        }

        return true;
    }
}
