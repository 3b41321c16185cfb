using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>The inside of a JSON string, without its quotes (RFC 8259 section 7). Escapes only what must be escaped.</summary>
public static class JsonStringCodec
{
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(control => (byte)control), (byte)'"', (byte)'\\']);

    /// <param name="raw">UTF-8; whoever cannot be sure of that must look before.</param>
    public static byte[] Encode(ReadOnlySpan<byte> raw)
    {
        var output = new ArrayBufferWriter<byte>(raw.Length + 16);
        while (raw.IndexOfAny(MustEscape) is var plain and >= 0)
        {
            output.Write(raw[..plain]);
            WriteEscaped(raw[plain], output);
            raw = raw[(plain + 1)..];
        }

        output.Write(raw);
        return output.WrittenSpan.ToArray();
    }

    /// <param name="text">The raw content of a string of a body that was checked. What is no escape stays what it is.</param>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var output = new ArrayBufferWriter<byte>(text.Length + 1);
        while (text.IndexOf((byte)'\\') is var plain and >= 0)
        {
            output.Write(text[..plain]);
            text = text[plain..];
            var length = 1;
            if (TryReadEscape(text, out var rune, out var escapeLength))
            {
                length = escapeLength;
                output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
            }
            else
            {
                output.Write(text[..1]);
            }

            text = text[length..];
        }

        output.Write(text);
        return output.WrittenSpan.ToArray();
    }

    private static void WriteEscaped(byte value, ArrayBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> escape = value switch
        {
            (byte)'"' => "\\\""u8,
            (byte)'\\' => "\\\\"u8,
            (byte)'\b' => "\\b"u8,
            (byte)'\f' => "\\f"u8,
            (byte)'\n' => "\\n"u8,
            (byte)'\r' => "\\r"u8,
            (byte)'\t' => "\\t"u8,
            _ => [],
        };
        if (escape.IsEmpty)
        {
            output.Write(Encoding.ASCII.GetBytes($"\\u{value:x4}"));
        }
        else
        {
            output.Write(escape);
        }
    }

    /// <param name="text">Begins with a backslash.</param>
    internal static bool TryReadEscape(ReadOnlySpan<byte> text, out Rune rune, out int length)
    {
        rune = default;
        length = 2;
        if (text.Length < 2)
        {
            return false;
        }

        if (text[1] == 'u')
        {
            return TryReadUnicode(text, out rune, out length);
        }

        var value = text[1] switch
        {
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            (byte)'/' => '/',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => '\0',
        };
        rune = new Rune(value);
        return value != '\0';
    }

    private static bool TryReadUnicode(ReadOnlySpan<byte> text, out Rune rune, out int length)
    {
        length = 6;
        rune = default;
        if (!TryReadUnit(text, out var high))
        {
            return false;
        }

        if (!char.IsSurrogate(high))
        {
            rune = new Rune(high);
            return true;
        }

        length = 12;
        return TryReadUnit(text[6..], out var low) && Rune.TryCreate(high, low, out rune);
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = '\0';
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u'
            || !ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
