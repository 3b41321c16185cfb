using System.Buffers;
using System.Globalization;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// Percent-encoding as a query writes it (RFC 3986 section 2.1): only unreserved characters stay. Reading is total, as in every server
/// (WHATWG URL): a percent sign without two hex digits behind it stays what it is.
/// </summary>
public static class PercentCodec
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    public static byte[] Encode(ReadOnlySpan<byte> raw) => Encode(raw, spaceAsPlus: false);

    public static byte[] Decode(ReadOnlySpan<byte> text) => Decode(text, plusAsSpace: false);

    internal static byte[] Encode(ReadOnlySpan<byte> raw, bool spaceAsPlus)
    {
        var output = new ArrayBufferWriter<byte>(raw.Length + 16);
        while (raw.IndexOfAnyExcept(Unreserved) is var plain and >= 0)
        {
            output.Write(raw[..plain]);
            WriteEscaped(raw[plain], output, spaceAsPlus);
            raw = raw[(plain + 1)..];
        }

        output.Write(raw);
        return output.WrittenSpan.ToArray();
    }

    internal static byte[] Decode(ReadOnlySpan<byte> text, bool plusAsSpace)
    {
        var output = new ArrayBufferWriter<byte>(text.Length + 1);
        while ((plusAsSpace ? text.IndexOfAny((byte)'%', (byte)'+') : text.IndexOf((byte)'%')) is var plain and >= 0)
        {
            output.Write(text[..plain]);
            text = text[plain..];
            output.Write([ReadEscaped(text, out var length)]);
            text = text[length..];
        }

        output.Write(text);
        return output.WrittenSpan.ToArray();
    }

    private static byte ReadEscaped(ReadOnlySpan<byte> text, out int length)
    {
        length = 1;
        if (text[0] == '+')
        {
            return (byte)' ';
        }

        if (text.Length < 3 || !byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return text[0];
        }

        length = 3;
        return value;
    }

    private static void WriteEscaped(byte value, ArrayBufferWriter<byte> output, bool spaceAsPlus)
    {
        if (value == ' ' && spaceAsPlus)
        {
            output.Write("+"u8);
            return;
        }

        const string Hex = "0123456789ABCDEF";
        output.Write([(byte)'%', (byte)Hex[value >> 4], (byte)Hex[value & 15]]);
    }
}
