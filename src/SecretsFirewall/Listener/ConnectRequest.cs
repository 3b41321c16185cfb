using System.Buffers;
using System.Text;

namespace SecretsFirewall.Listener;

/// <summary>What reading the head of a tunnel request gave.</summary>
internal enum ConnectParse
{
    /// <summary>Not CONNECT: leave the bytes to the HTTP server.</summary>
    NotConnect = 0,
    NeedMore,
    Malformed,
    Done,
}

/// <summary>
/// The head of <c>CONNECT host:port HTTP/1.x</c> (RFC 9112 section 3.2.3). A computation over the bytes so far: no waiting, no I/O.
/// Strict where it decides (target, version, field syntax), blind where it does not: Python sends HTTP/1.0 without <c>Host</c> and
/// undici a <c>Host</c> without port, so <c>Host</c> is not read at all.
/// </summary>
/// <param name="Host">Normalised.</param>
/// <param name="Credentials">The value of <c>Proxy-Authorization</c>, or null.</param>
/// <param name="Length">The head's length with its empty line; what follows belongs to the tunnel.</param>
internal readonly record struct ConnectRequest(string Host, int Port, string? Credentials, long Length)
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public static ConnectParse TryParse(ReadOnlySequence<byte> bytes, out ConnectRequest request)
    {
        request = default;
        var method = "CONNECT "u8;
        Span<byte> start = stackalloc byte[8];
        var available = (int)Math.Min(bytes.Length, method.Length);
        bytes.Slice(0, available).CopyTo(start);
        if (!start[..available].SequenceEqual(method[..available]))
        {
            return ConnectParse.NotConnect;
        }

        if (available < method.Length)
        {
            return ConnectParse.NeedMore;
        }

        var reader = new SequenceReader<byte>(bytes);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
        {
            return HasBareLineFeed(bytes) ? ConnectParse.Malformed : ConnectParse.NeedMore;
        }

        var text = head.IsSingleSegment ? head.FirstSpan : head.ToArray();
        return ParseHead(text, reader.Consumed, out request) ? ConnectParse.Done : ConnectParse.Malformed;
    }

    private static bool ParseHead(ReadOnlySpan<byte> head, long length, out ConnectRequest request)
    {
        request = default;
        var lineEnd = head.IndexOf("\r\n"u8);
        var line = lineEnd < 0 ? head : head[..lineEnd];
        if (!ParseRequestLine(line, out var host, out var port))
        {
            return false;
        }

        string? credentials = null;
        var fields = lineEnd < 0 ? default : head[(lineEnd + 2)..];
        while (!fields.IsEmpty)
        {
            var end = fields.IndexOf("\r\n"u8);
            var field = end < 0 ? fields : fields[..end];
            fields = end < 0 ? default : fields[(end + 2)..];
            if (!ParseField(field, out var name, out var value))
            {
                return false;
            }

            if (Ascii.EqualsIgnoreCase(name, "Proxy-Authorization"u8))
            {
                if (credentials is not null)
                {
                    return false;
                }

                credentials = Encoding.Latin1.GetString(value);
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8)
                || (Ascii.EqualsIgnoreCase(name, "Content-Length"u8) && !value.SequenceEqual("0"u8)))
            {
                return false; // a body before the tunnel could only be meant to confuse (RFC 9110 section 9.3.6)
            }
        }

        request = new ConnectRequest(host, port, credentials, length);
        return true;
    }

    private static bool ParseRequestLine(ReadOnlySpan<byte> line, out string host, out int port)
    {
        host = "";
        port = 0;
        line = line["CONNECT ".Length..];
        var space = line.IndexOf((byte)' ');
        if (space <= 0 || !(line[(space + 1)..].SequenceEqual("HTTP/1.1"u8) || line[(space + 1)..].SequenceEqual("HTTP/1.0"u8)))
        {
            return false;
        }

        var target = line[..space];
        var colon = target.LastIndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }

        // An IPv6 literal without brackets would make the last group a port.
        if (target[..colon].Contains((byte)':') && target[0] != (byte)'[')
        {
            return false;
        }

        return TryParsePort(target[(colon + 1)..], out port) && TargetHost.TryRead(target[..colon], out host);
    }

    private static bool TryParsePort(ReadOnlySpan<byte> digits, out int port)
    {
        port = 0;
        if (digits.Length is 0 or > 5)
        {
            return false;
        }

        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            port = (port * 10) + (digit - '0');
        }

        return port is > 0 and <= 65535;
    }

    /// <summary>RFC 9112 section 5: a token, a colon with nothing before it, a value without controls; no folding.</summary>
    private static bool ParseField(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        var colon = field.IndexOf((byte)':');
        if (colon <= 0 || field[..colon].ContainsAnyExcept(TokenBytes))
        {
            return false;
        }

        name = field[..colon];
        value = field[(colon + 1)..].Trim(" \t"u8);
        foreach (var b in value)
        {
            if (b is < 0x20 and not (byte)'\t' or 0x7f)
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasBareLineFeed(ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        while (reader.TryReadTo(out ReadOnlySequence<byte> before, (byte)'\n'))
        {
            if (before.IsEmpty || before.Slice(before.Length - 1).FirstSpan[0] != (byte)'\r')
            {
                return true;
            }
        }

        return false;
    }
}
