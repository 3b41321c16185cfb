using SecretsFirewall.Inspection.Detection.Encodings;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>A reference in hex, so that the run around it still decodes.</summary>
internal static class HexReplacement
{
    public static byte[] Of(ReadOnlySpan<byte> reference, bool upperCase)
    {
        var hex = new byte[reference.Length * 2];
        if (upperCase)
        {
            Convert.TryToHexString(reference, hex, out _);
        }
        else
        {
            Convert.TryToHexStringLower(reference, hex, out _);
        }

        return hex;
    }

    /// <summary>In words as long as the first one of the range, with what stands between the first two.</summary>
    /// <param name="range">From the first byte's digits to the last one's. If it does not begin with hex, it is itself behind escapes: then the reference alone.</param>
    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> range, ReadOnlySpan<byte> reference)
    {
        var hex = Of(reference, range.ContainsAnyInRange((byte)'A', (byte)'F'));
        var word = 0;
        while (word < range.Length && char.IsAsciiHexDigit((char)range[word]))
        {
            word++;
        }

        if (word == 0 || word % 2 != 0)
        {
            return reference.ToArray();
        }

        var next = word;
        while (next < range.Length && HexWords.WordAt(range, next) == 0)
        {
            next++;
        }

        if (next == range.Length)
        {
            return hex;
        }

        var between = range[word..next];
        var output = new List<byte>(hex.Length * 3);
        for (var at = 0; at < hex.Length; at += word)
        {
            output.AddRange(at == 0 ? [] : between);
            output.AddRange(hex.AsSpan(at, Math.Min(word, hex.Length - at)));
        }

        return output.ToArray();
    }
}
