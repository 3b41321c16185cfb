using System.Buffers;
using System.Globalization;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// <c>aws-chunked</c>: chunks inside the body, so that S3's clients can put checksums behind what they stream.
/// <code>
///   size[;chunk-signature=hex] CRLF  data CRLF  …  0[;chunk-signature=hex] CRLF  [x-amz-…:value CRLF]…  CRLF
/// </code>
/// Nothing but the data is given out, so nothing else may hold much: extensions are signatures, trailers are checksums and signatures.
/// </summary>
internal sealed class AwsChunkedDecoder(Stream coded) : DecodingStream
{
    // A size, and the longest extension or trailer: a name and 64 bytes in base64 or hex.
    private const int MostLine = 192;
    private const int MostTrailers = 4;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    private readonly byte[] _input = TrafficBuffers.Rent(16 * 1024);
    private readonly StringBuilder _line = new();
    private int _start;
    private int _end;
    private long _left;
    private int _trailers;
    private bool _isStarted;
    private bool _isReleased;
    private State _state = State.Size;

    private enum State
    {
        Size = 0,
        Data,
        DataEnd,
        Trailers,
        End,
    }

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (Take(buffer) is var taken and > 0)
            {
                return taken;
            }

            if (IsAtEnd(coded.Read(_input)))
            {
                return 0;
            }
        }

        return 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (Take(buffer.Span) is var taken and > 0)
            {
                return taken;
            }

            if (IsAtEnd(await coded.ReadAsync(_input, cancellationToken).ConfigureAwait(false)))
            {
                return 0;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isReleased)
        {
            _isReleased = true;
            TrafficBuffers.Return(_input);
            coded.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Called once all input was taken, with what came next.</summary>
    private bool IsAtEnd(int read)
    {
        (_start, _end) = (0, read);
        if (read == 0)
        {
            return _state is State.End || !_isStarted ? true : throw Invalid();
        }

        _isStarted = true;
        return false;
    }

    /// <summary>Goes on until there is data to give or no more input.</summary>
    private int Take(Span<byte> output)
    {
        while (_start < _end)
        {
            if (_state is State.Data)
            {
                var count = (int)Math.Min(Math.Min(_left, _end - _start), output.Length);
                _input.AsSpan(_start, count).CopyTo(output);
                _start += count;
                _left -= count;
                _state = _left == 0 ? State.DataEnd : State.Data;
                return count;
            }

            if (_state is State.End)
            {
                throw Invalid(); // something stands behind the end
            }

            if (TakeLine() is { } line)
            {
                Advance(line);
            }
        }

        return 0;
    }

    private void Advance(string line)
    {
        switch (_state)
        {
            case State.Size:
                _left = SizeOf(line);
                _state = _left == 0 ? State.Trailers : State.Data;
                break;
            case State.DataEnd:
                _state = line.Length == 0 ? State.Size : throw Invalid();
                break;
            default:
                _state = line.Length == 0 ? State.End : State.Trailers;
                if (line.Length > 0 && (++_trailers > MostTrailers || !IsTrailer(line)))
                {
                    throw Invalid();
                }

                break;
        }
    }

    /// <summary>The next line without its CRLF; null where it has not come yet.</summary>
    private string? TakeLine()
    {
        while (_start < _end)
        {
            var b = _input[_start++];
            if (b == '\n')
            {
                if (_line.Length == 0 || _line[^1] != '\r')
                {
                    throw Invalid();
                }

                var line = _line.ToString(0, _line.Length - 1);
                _line.Clear();
                return line;
            }

            if (_line.Length == MostLine || b is not ((>= 0x20 and < 0x7f) or (byte)'\r') || (_line.Length > 0 && _line[^1] == '\r'))
            {
                throw Invalid();
            }

            _line.Append((char)b);
        }

        return null;
    }

    private static long SizeOf(string line)
    {
        const string Signature = "chunk-signature=";
        var (size, extension) = line.IndexOf(';') is var at and >= 0 ? (line[..at], line[(at + 1)..]) : (line, null);
        var isSigned = extension is not null && extension.StartsWith(Signature, StringComparison.Ordinal)
            && extension.Length == Signature.Length + 64 && extension.Skip(Signature.Length).All(char.IsAsciiHexDigitLower);
        return (extension is null || isSigned)
            && size.Length is > 0 and <= 15 && size.All(char.IsAsciiHexDigit)
            && long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Invalid();
    }

    private static bool IsTrailer(string line)
    {
        var colon = line.IndexOf(':');
        return colon > 0
            && (line.StartsWith("x-amz-checksum-", StringComparison.OrdinalIgnoreCase) || line[..colon].Equals("x-amz-trailer-signature", StringComparison.OrdinalIgnoreCase))
            && line[..colon].All(static c => char.IsAsciiLetterOrDigit(c) || c == '-')
            && line.AsSpan(colon + 1).Trim(' ') is { Length: > 0 and <= 88 } value
            && !value.ContainsAnyExcept(Base64);
    }

    private static InvalidDataException Invalid() => new("The aws-chunked data is malformed or truncated.");
}
