using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Bytes on their way from a redactor to a reader. Holds a buffer only while there are some, so that a thousand idle streams cost nothing,
/// and clears it when it goes back.
/// </summary>
internal sealed class PooledOutput : IBufferWriter<byte>, IDisposable
{
    private byte[]? _buffer;
    private int _start;
    private int _end;

    public int Count => _end - _start;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(_start, Count);

    public void Advance(int count) => _end += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Moves as much as fits into <paramref name="destination"/>.</summary>
    public int Drain(Span<byte> destination)
    {
        var count = Math.Min(Count, destination.Length);
        _buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        if (_start == _end)
        {
            Release();
        }

        return count;
    }

    public void Dispose() => Release();

    private void Ensure(int space)
    {
        if (_buffer is not null && _buffer.Length - _end >= space)
        {
            return;
        }

        var grown = TrafficBuffers.Rent(Math.Max(4096, Count + Math.Max(space, Count)));
        _buffer.AsSpan(_start, Count).CopyTo(grown);
        var count = Count;
        Release();
        (_buffer, _start, _end) = (grown, 0, count);
    }

    private void Release()
    {
        if (_buffer is not null)
        {
            TrafficBuffers.Return(_buffer);
        }

        (_buffer, _start, _end) = (null, 0, 0);
    }
}
