using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// What the <c>data</c> lines of one event say together. One line, the usual case, is read where it lies; several are joined by LF in a pooled buffer.
/// </summary>
internal sealed class EventData : IDisposable
{
    private readonly List<(int Start, int Length)> _lines = [];
    private byte[]? _joined;
    private int _line;
    private int _lineStart;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="isFirst">Only the first event of a stream may have a byte order mark before it.</param>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> raw, bool isFirst)
    {
        Dispose();
        for (var at = isFirst && raw.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0; at < raw.Length;)
        {
            var length = raw[at..].IndexOfAny((byte)'\r', (byte)'\n');
            var end = length < 0 ? raw.Length : at + length;
            if (raw[at..end].StartsWith("data:"u8))
            {
                var start = at + 5 < end && raw[at + 5] == ' ' ? at + 6 : at + 5;
                _lines.Add((start, end - start));
            }

            at = end + 1;
        }

        return _lines.Count switch
        {
            0 => [],
            1 => raw.Slice(_lines[0].Start, _lines[0].Length),
            _ => Join(raw),
        };
    }

    /// <summary>An event without lines: all of it is data.</summary>
    public ReadOnlySpan<byte> ReadMessage(ReadOnlySpan<byte> raw)
    {
        Dispose();
        _lines.Add((0, raw.Length));
        return raw;
    }

    /// <summary>Where a byte of the data stands in the event. JSON has no line feed inside a string, so a string is in one piece there too.</summary>
    /// <param name="offset">Not before those that were asked for since <see cref="Read"/>: the lines are walked once.</param>
    public int RawOffset(int offset)
    {
        while (offset > _lineStart + _lines[_line].Length)
        {
            _lineStart += _lines[_line++].Length + 1;
        }

        return _lines[_line].Start + offset - _lineStart;
    }

    public void Dispose()
    {
        _lines.Clear();
        (_line, _lineStart) = (0, 0);
        if (_joined is not null)
        {
            TrafficBuffers.Return(_joined);
            _joined = null;
        }
    }

    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> raw)
    {
        _joined = TrafficBuffers.Rent(raw.Length + 1);
        var at = 0;
        foreach (var (start, length) in _lines)
        {
            raw.Slice(start, length).CopyTo(_joined.AsSpan(at));
            at += length;
            _joined[at++] = (byte)'\n';
        }

        return _joined.AsSpan(0, at - 1);
    }
}
