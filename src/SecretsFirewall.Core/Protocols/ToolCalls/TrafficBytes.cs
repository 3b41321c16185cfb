using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Bytes of an answer that wait. Holds a buffer only while there are some, and clears it when it goes back.</summary>
internal sealed class TrafficBytes : IBufferWriter<byte>, IDisposable
{
    private byte[]? _buffer;

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Count);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Count += bytes.Length;
    }

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        if (_buffer is not null)
        {
            TrafficBuffers.Return(_buffer, _buffer.Length);
        }

        (_buffer, Count) = (null, 0);
    }

    private void Ensure(int space)
    {
        if (_buffer is not null && _buffer.Length - Count >= space)
        {
            return;
        }

        var count = Count;
        var grown = TrafficBuffers.Rent(Math.Max(1024, count + Math.Max(space, count)));
        _buffer.AsSpan(0, count).CopyTo(grown);
        Dispose();
        (_buffer, Count) = (grown, count);
    }
}
