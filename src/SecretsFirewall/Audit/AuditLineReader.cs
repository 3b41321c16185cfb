using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>Reads the finished lines of a segment that may still grow. What follows the last line feed is left until it is finished.</summary>
internal sealed class AuditLineReader : IDisposable
{
    private readonly Stream _file;
    private byte[] _buffer = TrafficBuffers.Rent(64 * 1024);
    private int _start;
    private int _end;

    public AuditLineReader(string path)
    {
        // Delete: a reader does not hold an operator up who moves segments away.
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <param name="content">Disposed of with the reader.</param>
    public AuditLineReader(Stream content)
    {
        _file = content;
    }

    /// <summary>Where the next line begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Lines read so far.</summary>
    public int Lines { get; private set; }

    /// <summary>After <see cref="TryRead"/> said no: whether an unfinished line is there.</summary>
    public bool HasUnfinished => _end > _start;

    /// <summary>The next finished line, without its line feed, valid until the next call; false at the present end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start.._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                Offset += length + 1;
                Lines++;
                return true;
            }

            if (!Fill())
            {
                line = default;
                return false;
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        TrafficBuffers.Return(_buffer);
        _buffer = [];
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            var larger = TrafficBuffers.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            TrafficBuffers.Return(_buffer);
            _buffer = larger;
        }

        var read = _file.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }
}
