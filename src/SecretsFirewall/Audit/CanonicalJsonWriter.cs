using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>
/// Writes JSON as RFC 8785 has it: no blanks, the shortest escapes, integers only. The caller names the members in the order of their
/// UTF-16 code units. One instance serves many records: the buffer grows once and is reused.
/// </summary>
internal sealed class CanonicalJsonWriter : IDisposable
{
    // RFC 8785 section 3.2.2.2 escapes these and nothing else.
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\" + new string([.. Enumerable.Range(0, 0x20).Select(static c => (char)c)]));

    private byte[] _buffer = TrafficBuffers.Rent(4096);
    private int _length;
    private bool _needsComma;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public void Clear()
    {
        _length = 0;
        _needsComma = false;
    }

    public void Open(char bracket)
    {
        Separate();
        Append((byte)bracket);
        _needsComma = false;
    }

    public void Close(char bracket)
    {
        Append((byte)bracket);
        _needsComma = true;
    }

    /// <summary>The name of a member; its value follows.</summary>
    public void Name(ReadOnlySpan<char> name)
    {
        Separate();
        AppendString(name);
        Append((byte)':');
        _needsComma = false;
    }

    public void String(ReadOnlySpan<char> value)
    {
        Separate();
        AppendString(value);
        _needsComma = true;
    }

    /// <summary>Text that needs no escapes: digits, hex, our own words.</summary>
    public void Ascii(ReadOnlySpan<byte> value)
    {
        Separate();
        Append((byte)'"');
        value.CopyTo(Reserve(value.Length));
        _length += value.Length;
        Append((byte)'"');
        _needsComma = true;
    }

    public void Number(long value)
    {
        Separate();
        Utf8Formatter.TryFormat(value, Reserve(20), out var written);
        _length += written;
        _needsComma = true;
    }

    public void Literal(ReadOnlySpan<byte> value)
    {
        Separate();
        value.CopyTo(Reserve(value.Length));
        _length += value.Length;
        _needsComma = true;
    }

    public void Dispose() => TrafficBuffers.Return(_buffer);

    private void Separate()
    {
        if (_needsComma)
        {
            Append((byte)',');
        }
    }

    private void AppendString(ReadOnlySpan<char> text)
    {
        Append((byte)'"');
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(Escaped);
            AppendPlain(plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                break;
            }

            AppendEscape(text[plain]);
            text = text[(plain + 1)..];
        }

        Append((byte)'"');
    }

    // Half a surrogate pair has no UTF-8; it becomes U+FFFD.
    private void AppendPlain(ReadOnlySpan<char> text)
    {
        Utf8.FromUtf16(text, Reserve(text.Length * 3), out _, out var written);
        _length += written;
    }

    private void AppendEscape(char c)
    {
        var target = Reserve(6);
        var letter = c switch
        {
            '"' or '\\' => (byte)c,
            '\b' => (byte)'b',
            '\t' => (byte)'t',
            '\n' => (byte)'n',
            '\f' => (byte)'f',
            '\r' => (byte)'r',
            _ => (byte)0,
        };
        target[0] = (byte)'\\';
        if (letter != 0)
        {
            target[1] = letter;
            _length += 2;
            return;
        }

        "u00"u8.CopyTo(target[1..]);
        Utf8Formatter.TryFormat((byte)c, target[4..], out _, new StandardFormat('x', 2));
        _length += 6;
    }

    private void Append(byte b)
    {
        Reserve(1)[0] = b;
        _length++;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            var larger = TrafficBuffers.Rent(Math.Max(_buffer.Length * 2, _length + count));
            Written.CopyTo(larger);
            TrafficBuffers.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
