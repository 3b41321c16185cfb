using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>
/// Bytes of messages, first in first out, in a pooled buffer that exists only while there are some. It grows by doubling as bytes arrive, never by
/// what a length announces, and is cleared when it goes.
/// </summary>
internal sealed class ByteQueue : IBufferWriter<byte>, IDisposable
{
    private const int LeastLength = 512;

    private byte[]? _buffer;
    private int _from;

    public int Length { get; private set; }

    public Span<byte> Bytes => _buffer.AsSpan(_from, Length);

    /// <summary>Room for <paramref name="count"/> bytes or more behind what is there.</summary>
    public Span<byte> Free(int count)
    {
        if (_buffer is null || _buffer.Length - _from - Length < count)
        {
            MakeRoom(count);
        }

        return _buffer.AsSpan(_from + Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => Free(Math.Max(sizeHint, 1));

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Free(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_from + Length);
    }

    /// <summary>Counts bytes that were written to <see cref="Free"/>.</summary>
    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            bytes.CopyTo(Free(bytes.Length));
            Length += bytes.Length;
        }
    }

    public void Drop(int count)
    {
        _from += count;
        Length -= count;
        if (Length == 0)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            TrafficBuffers.Return(_buffer);
        }

        (_buffer, _from, Length) = (null, 0, 0);
    }

    private void MakeRoom(int count)
    {
        // At least half is free after each move, so that moving costs no more than what was appended.
        var grown = TrafficBuffers.Rent(Math.Max(LeastLength, Length + Math.Max(count, Length)));
        var length = Length;
        Bytes.CopyTo(grown);
        Dispose();
        (_buffer, Length) = (grown, length);
    }
}
