using System.Globalization;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>Reads HTTP/1.1 responses from a stream, strictly: what is malformed throws, so that a test sees what a lenient client would not.</summary>
/// <param name="readAhead">False where what follows the response belongs to somebody else.</param>
internal sealed class RawResponseReader(Stream stream, bool readAhead = true)
{
    private readonly byte[] _buffer = new byte[readAhead ? 16 * 1024 : 1];
    private int _start;
    private int _end;

    /// <summary>True if bytes were read that belong to no response yet.</summary>
    public bool HasLeftover => _start < _end;

    public async Task<RawResponse> ReadAsync(string method)
    {
        var (status, reason, headers) = await ReadHeadAsync();
        var body = new MemoryStream();
        var trailers = new List<KeyValuePair<string, string>>();
        var complete = true;
        await foreach (var part in ReadBodyAsync(method, status, headers, trailers, () => complete = false))
        {
            body.Write(part.Span);
        }

        return new RawResponse(status, reason, headers, body.ToArray(), trailers, complete);
    }

    public async Task<(int Status, string Reason, List<KeyValuePair<string, string>> Headers)> ReadHeadAsync()
    {
        var statusLine = await ReadLineAsync() ?? throw new EndOfStreamException("No response.");
        if (!statusLine.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || statusLine.Length < 12)
        {
            throw new InvalidDataException("Not a status line.");
        }

        var reason = statusLine.Length > 13 ? statusLine[13..] : "";
        return (int.Parse(statusLine.AsSpan(9, 3), NumberStyles.None), reason, await ReadFieldsAsync());
    }

    /// <summary>Yields the body's bytes as they arrive.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBodyAsync(
        string method, int status, IReadOnlyList<KeyValuePair<string, string>> headers, List<KeyValuePair<string, string>> trailers, Action truncated)
    {
        if (method == "HEAD" || status is 204 or 304 or (>= 100 and < 200) || (method == "CONNECT" && status == 200))
        {
            yield break;
        }

        string? Value(string name) => headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).SingleOrDefault();
        if (Value("Transfer-Encoding") is { } coding)
        {
            if (coding != "chunked" || Value("Content-Length") is not null)
            {
                throw new InvalidDataException("Ambiguous framing.");
            }

            while (await ReadLineAsync() is { } size)
            {
                var length = long.Parse(size, NumberStyles.AllowHexSpecifier);
                if (length == 0)
                {
                    trailers.AddRange(await ReadFieldsAsync());
                    yield break;
                }

                while (length > 0)
                {
                    var part = await TakeAsync(length);
                    if (part.IsEmpty)
                    {
                        truncated();
                        yield break;
                    }

                    length -= part.Length;
                    yield return part;
                }

                if (await ReadLineAsync() != "")
                {
                    throw new InvalidDataException("A chunk does not end with CRLF.");
                }
            }

            truncated();
            yield break;
        }

        var rest = Value("Content-Length") is { } declared ? long.Parse(declared, NumberStyles.None) : long.MaxValue;
        while (rest > 0)
        {
            var part = await TakeAsync(rest);
            if (part.IsEmpty)
            {
                if (rest < long.MaxValue / 2)
                {
                    truncated();
                }

                yield break;
            }

            rest -= part.Length;
            yield return part;
        }
    }

    private async Task<ReadOnlyMemory<byte>> TakeAsync(long most)
    {
        if (!HasLeftover)
        {
            _start = 0;
            _end = await ReadSomeAsync(_buffer);
        }

        var part = _buffer.AsSpan(_start, (int)Math.Min(most, _end - _start)).ToArray();
        _start += part.Length;
        return part;
    }

    private async Task<List<KeyValuePair<string, string>>> ReadFieldsAsync()
    {
        var fields = new List<KeyValuePair<string, string>>();
        while (await ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                return fields;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add(KeyValuePair.Create(line[..colon], line[(colon + 1)..].Trim()));
        }

        throw new EndOfStreamException("The head broke off.");
    }

    /// <summary>A line without its CRLF, or null at the end of the stream.</summary>
    private async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        while (true)
        {
            var part = await TakeAsync(1);
            if (part.IsEmpty)
            {
                return line.Count == 0 ? null : throw new EndOfStreamException("A line broke off.");
            }

            line.Add(part.Span[0]);
            if (line.Count >= 2 && line[^2] == '\r' && line[^1] == '\n')
            {
                return Encoding.Latin1.GetString([.. line], 0, line.Count - 2);
            }
        }
    }

    /// <summary>A peer that resets has ended the stream as well.</summary>
    private async Task<int> ReadSomeAsync(byte[] into)
    {
        try
        {
            return await stream.ReadAsync(into).AsTask().WaitAsync(Harness.Patience.Long);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
