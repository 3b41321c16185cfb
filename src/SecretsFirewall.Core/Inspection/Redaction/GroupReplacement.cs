using System.Security.Cryptography;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Encodings;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// A reference in whole groups of base64 or base32 that stand in lines or behind escapes: the neighbours' bytes in the first and the last group
/// stay, and spaces fill the last one, so that what follows decodes as before. The line ends in the range go.
/// </summary>
internal static class GroupReplacement
{
    /// <param name="range">Of the detection: whole groups, with their padding.</param>
    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> range, in Detection.Detection detection, ReadOnlySpan<byte> reference)
    {
        var codec = detection.Form == ValueForm.Base32 ? RunCodec.Base32 : RunCodec.Base64;
        var (lead, trail) = (Level.Lead(detection.Alignment), Level.Trail(detection.Alignment));
        var characters = CharactersOf(range, codec);
        var bytes = new byte[codec.BytesIn(characters.Length) + codec.Bytes];
        var decoded = bytes.AsSpan(0, codec.Decode(characters, bytes));
        var isWhole = characters.Length % codec.Characters == 0;

        byte[] content = [.. decoded[..Math.Min(lead, decoded.Length)], .. reference, .. decoded[^Math.Min(trail, decoded.Length)..]];
        if (isWhole)
        {
            var spaces = (codec.Bytes - (content.Length % codec.Bytes)) % codec.Bytes;
            var behind = content.Length - Math.Min(trail, decoded.Length);
            content = [.. content.AsSpan(0, behind), .. Enumerable.Repeat((byte)' ', spaces), .. content.AsSpan(behind)];
        }

        var encoded = codec.Encode(content);
        CryptographicOperations.ZeroMemory(bytes);
        CryptographicOperations.ZeroMemory(characters);
        return Spell(encoded, range, codec);
    }

    /// <summary>What the range spells without escapes and line ends.</summary>
    private static byte[] CharactersOf(ReadOnlySpan<byte> range, RunCodec codec)
    {
        using var view = new DecodedView();
        var text = range.ToArray();
        for (var depth = 0; depth < EncodedSearch.MaxDepth && text.AsSpan().ContainsAny("\\%&"u8); depth++)
        {
            view.ReadEscapes(text, 0, text.Length, Decodings.Escapes);
            text = view.Bytes.ToArray();
        }

        return [.. text.Where(b => Base64Quads.IsCharacter(b)).Select(b => b switch
        {
            (byte)'-' => (byte)'+',
            (byte)'_' => (byte)'/',
            _ => b,
        })];
    }

    /// <summary>In the alphabet, the case and the padding of the range; what a percent-encoded text may not hold is percent-encoded.</summary>
    private static byte[] Spell(byte[] encoded, ReadOnlySpan<byte> range, RunCodec codec)
    {
        var text = System.Text.Encoding.ASCII.GetString(encoded);
        if (codec == RunCodec.Base32)
        {
            text = range.ContainsAnyInRange((byte)'a', (byte)'z') ? text.ToLowerInvariant() : text;
        }
        else if (range.ContainsAny((byte)'-', (byte)'_'))
        {
            text = text.Replace('+', '-').Replace('/', '_');
        }

        var isInPercent = range.Contains((byte)'%');
        if (range.EndsWith("="u8) || range.EndsWith("%3D"u8) || range.EndsWith("%3d"u8))
        {
            text = text.PadRight((text.Length + codec.Characters - 1) / codec.Characters * codec.Characters, '=');
        }

        text = isInPercent ? text.Replace("+", "%2B").Replace("/", "%2F").Replace("=", "%3D") : text;
        return System.Text.Encoding.ASCII.GetBytes(text);
    }
}
