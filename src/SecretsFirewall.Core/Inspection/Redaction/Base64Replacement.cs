using System.Buffers.Text;
using System.Security.Cryptography;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// A reference inside a base64 run: the quads of the secret are decoded, the secret's bytes are exchanged for the reference, the neighbours' bytes
/// stay, and the result is encoded again. Where the run goes on, spaces after the reference keep the quads that follow aligned.
/// </summary>
internal static class Base64Replacement
{
    public static ReadOnlyMemory<byte> Of(
        ReadOnlySpan<byte> text, in Detection.Detection detection, ReadOnlySpan<byte> reference, out int start, out int length)
    {
        start = (int)detection.Start;
        var end = start + detection.Length;
        Base64Quads.Widen(text, detection.Form, detection.Alignment, ref start, ref end);
        length = end - start;

        var range = text[start..end];
        var characters = range.TrimEnd((byte)'=');

        // A run that begins inside the first quad lacks characters; they count as zero bits, and nothing is kept of them.
        var missing = Base64Quads.LeadingCharacters(detection.Alignment) - ((int)detection.Start - start);
        var bytes = Decode(characters, missing);
        var before = bytes.AsSpan(0, missing == 0 ? detection.Alignment : 0);

        // Where the secret's last byte ends: the first byte boundary at or after its last own character.
        var ownCharacters = missing + (int)detection.End - start;
        var after = bytes.AsSpan(Math.Min(bytes.Length, ((6 * ownCharacters) + 7) / 8));

        var isPadded = characters.Length < range.Length;
        var endsRun = isPadded || (missing + characters.Length) % 4 != 0;
        var replacement = Encode(before, reference, after, keepAligned: !endsRun, isPadded);
        if (detection.Form == ValueForm.Base64Url || range.ContainsAny((byte)'-', (byte)'_'))
        {
            replacement.Span.Replace((byte)'+', (byte)'-');
            replacement.Span.Replace((byte)'/', (byte)'_');
        }

        CryptographicOperations.ZeroMemory(bytes);
        return replacement;
    }

    private static byte[] Decode(ReadOnlySpan<byte> characters, int missing)
    {
        var bytes = new byte[(missing + characters.Length) * 6 / 8];
        for (var i = 0; i < characters.Length; i++)
        {
            var bit = (missing + i) * 6;
            var shifted = SixBits(characters[i]) << (10 - (bit % 8));
            var index = bit / 8;
            if (index < bytes.Length)
            {
                bytes[index] |= (byte)(shifted >> 8);
            }

            if (index + 1 < bytes.Length)
            {
                bytes[index + 1] |= (byte)shifted;
            }
        }

        return bytes;
    }

    private static Memory<byte> Encode(ReadOnlySpan<byte> before, ReadOnlySpan<byte> reference, ReadOnlySpan<byte> after, bool keepAligned, bool isPadded)
    {
        var contentLength = before.Length + reference.Length + after.Length;
        var spaces = keepAligned ? (3 - (contentLength % 3)) % 3 : 0;
        byte[] content = [.. before, .. reference, .. "  "u8[..spaces], .. after];
        var encoded = new byte[Base64.GetMaxEncodedToUtf8Length(content.Length)];
        Base64.EncodeToUtf8(content, encoded, out _, out var written);
        return isPadded ? encoded.AsMemory(0, written) : encoded.AsMemory(0, encoded.AsSpan(0, written).TrimEnd((byte)'=').Length);
    }

    private static int SixBits(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'+' or (byte)'-' => 62,
        _ => 63,
    };
}
