using System.Globalization;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Forms;

/// <summary>
/// How one family of JSON writers puts text into a string (RFC 8259 section 7 leaves much free). Quotes, backslashes and control characters
/// are escaped by all; the rest is what they differ in.
/// </summary>
/// <param name="UpperHex">The case of <c>\uXXXX</c>.</param>
/// <param name="LastRaw">Characters above this code point become <c>\uXXXX</c>.</param>
/// <param name="AsUnicode">ASCII characters that become <c>\u00XX</c>, also where a short escape exists.</param>
internal sealed record JsonStringWriter(bool UpperHex = false, int LastRaw = JsonStringWriter.Everything, bool EscapesSlash = false, string AsUnicode = "")
{
    private const int Everything = 0x10FFFF;
    private const int Ascii = 0x7E;
    private const int BasicPlane = 0xFFFF;

    /// <summary>JavaScript, serde_json, most others.</summary>
    public static readonly JsonStringWriter Minimal = new();

    public static readonly IReadOnlyList<JsonStringWriter> All =
    [
        Minimal,
        new(UpperHex: true),                                            // Jackson: control characters in upper case
        new(EscapesSlash: true),                                        // PHP with unescaped Unicode, some embedded writers
        new(LastRaw: Ascii),                                            // Python, Ruby in ASCII mode
        new(UpperHex: true, LastRaw: Ascii),                            // Jackson in ASCII mode
        new(LastRaw: Ascii, EscapesSlash: true),                        // PHP
        new(AsUnicode: "<>&"),                                          // Go, Rails
        new(AsUnicode: "<>&='"),                                        // Gson
        new(UpperHex: true, LastRaw: Ascii, AsUnicode: "<>&'\"+`"),     // System.Text.Json
        new(UpperHex: true, LastRaw: BasicPlane),                       // System.Text.Json, relaxed
    ];

    /// <summary>Replaces what <paramref name="into"/> held. False where the text is not UTF-8 and the writer would have to read its characters.</summary>
    public bool TryWrite(ReadOnlySpan<byte> text, Scratch into)
    {
        into.Reset();
        Span<char> units = stackalloc char[2];
        while (!text.IsEmpty)
        {
            var b = text[0];
            if (b <= Ascii || LastRaw == Everything)
            {
                WriteByte(b, into);
                text = text[1..];
                continue;
            }

            if (Rune.DecodeFromUtf8(text, out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            if (rune.Value <= LastRaw)
            {
                into.Append(text[..length]);
            }
            else
            {
                foreach (var unit in units[..rune.EncodeToUtf16(units)])
                {
                    WriteUnicode(unit, into);
                }
            }

            text = text[length..];
        }

        return true;
    }

    private void WriteByte(byte b, Scratch into)
    {
        if (b < 0x80 && AsUnicode.Contains((char)b))
        {
            WriteUnicode((char)b, into);
            return;
        }

        switch (b)
        {
            case (byte)'"' or (byte)'\\':
                into.Append((byte)'\\');
                into.Append(b);
                break;
            case (byte)'/' when EscapesSlash:
                into.Append("\\/"u8);
                break;
            case (byte)'\b':
                into.Append("\\b"u8);
                break;
            case (byte)'\f':
                into.Append("\\f"u8);
                break;
            case (byte)'\n':
                into.Append("\\n"u8);
                break;
            case (byte)'\r':
                into.Append("\\r"u8);
                break;
            case (byte)'\t':
                into.Append("\\t"u8);
                break;
            case < 0x20:
                WriteUnicode((char)b, into);
                break;
            default:
                into.Append(b);
                break;
        }
    }

    private void WriteUnicode(char unit, Scratch into)
    {
        var escape = into.Take(6);
        escape[0] = (byte)'\\';
        escape[1] = (byte)'u';
        ((int)unit).TryFormat(escape[2..], out _, UpperHex ? "X4" : "x4", CultureInfo.InvariantCulture);
    }
}
