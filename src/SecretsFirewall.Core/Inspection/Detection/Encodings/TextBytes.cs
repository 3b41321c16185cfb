using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>Tells what decodes to text from what does not: images, archives, keys, and every run that is read from inside one of its groups.</summary>
internal static class TextBytes
{
    /// <summary>Fewer bytes are seldom a secret, and often chance.</summary>
    public const int MinLength = 12;

    // NUL, for UTF-16 in base64.
    private static readonly bool[] Readable = [.. Enumerable.Range(0, 256).Select(b => b is 0 or '\t' or '\n' or '\r' or (>= 0x20 and < 0x7F))];

    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(1, 0x1F).Where(b => b is not ('\t' or '\n' or '\r')).Append(0x7F).Select(b => (byte)b)]);

    /// <summary>The next stretch without control characters, from <paramref name="from"/> on, in which enough readable bytes stand in a row.</summary>
    public static bool TryFindNext(ReadOnlySpan<byte> bytes, int from, out int start, out int end)
    {
        start = from;
        end = from;
        while (start <= bytes.Length - MinLength)
        {
            var at = start + MinLength - 1;
            while (at >= start && Readable[bytes[at]])
            {
                at--;
            }

            if (at < start)
            {
                end = bytes[start..].IndexOfAny(Controls);
                end = end < 0 ? bytes.Length : start + end;
                start = Math.Max(from, bytes[..start].LastIndexOfAny(Controls) + 1);
                return true;
            }

            start = at + 1;
        }

        return false;
    }

    public static bool IsReadableByte(byte b) => Readable[b];

    public static bool AreReadable(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (!Readable[b])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where the stretch without control characters begins that reaches the end.</summary>
    public static int StartOfLast(ReadOnlySpan<byte> bytes) => bytes.LastIndexOfAny(Controls) + 1;
}
