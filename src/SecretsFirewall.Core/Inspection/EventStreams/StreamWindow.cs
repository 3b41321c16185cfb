using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// The part of a stream that has arrived and not left, with the changes that are due in it. Positions count from the start of the stream.
/// Its buffer exists only while there is something, and is cleared when it goes.
/// </summary>
internal sealed class StreamWindow : IDisposable
{
    private readonly List<(long Start, int Length, ReadOnlyMemory<byte> Replacement)> _edits = [];
    private byte[]? _buffer;
    private int _from;
    private int _count;

    public long Start { get; private set; }

    public long End => Start + _count;

    public ReadOnlySpan<byte> Bytes(long start, long end) => _buffer.AsSpan(_from + (int)(start - Start), (int)(end - start));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer is null || _buffer.Length - _from - _count < bytes.Length)
        {
            MakeRoom(bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_from + _count));
        _count += bytes.Length;
    }

    /// <summary>Overlaps no other edit.</summary>
    public void Edit(long start, int length, ReadOnlyMemory<byte> replacement)
    {
        var at = _edits.Count;
        while (at > 0 && _edits[at - 1].Start > start)
        {
            at--;
        }

        _edits.Insert(at, (start, length, replacement));
    }

    /// <summary>True if something before <paramref name="end"/> that has not left is due to change.</summary>
    public bool HasEditBefore(long end) => _edits.Count > 0 && _edits[0].Start < end;

    /// <summary>Writes what is before <paramref name="end"/>, changed as it is due, and forgets it.</summary>
    public void Release(long end, IBufferWriter<byte> output)
    {
        var done = 0;
        while (done < _edits.Count && _edits[done].Start < end)
        {
            var (start, length, replacement) = _edits[done++];
            Write(start, output);
            output.Write(replacement.Span);
            Skip(length);
        }

        _edits.RemoveRange(0, done);
        Write(end, output);
        if (_count == 0)
        {
            Free();
        }
    }

    public void Dispose()
    {
        Free();
        _edits.Clear();
        _count = 0;
    }

    private void Write(long end, IBufferWriter<byte> output)
    {
        if (end > Start)
        {
            output.Write(Bytes(Start, end));
            Skip((int)(end - Start));
        }
    }

    private void Skip(int length)
    {
        Start += length;
        _from += length;
        _count -= length;
    }

    private void MakeRoom(int length)
    {
        // At least half of the buffer is free after each move, so that moving costs no more than what was appended.
        var grown = TrafficBuffers.Rent(2 * (_count + length));
        _buffer.AsSpan(_from, _count).CopyTo(grown);
        Free();
        _buffer = grown;
    }

    private void Free()
    {
        if (_buffer is not null)
        {
            TrafficBuffers.Return(_buffer);
        }

        (_buffer, _from) = (null, 0);
    }
}
