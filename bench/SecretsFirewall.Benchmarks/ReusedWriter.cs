using System.Buffers;

namespace SecretsFirewall.Benchmarks;

/// <summary>A writer that starts over after every chunk, as a pipe does whose reader keeps up.</summary>
internal sealed class ReusedWriter(int capacity) : IBufferWriter<byte>
{
    private readonly byte[] _buffer = new byte[capacity];
    private int _written;

    public int Restart()
    {
        var written = _written;
        _written = 0;
        return written;
    }

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _buffer.AsMemory(_written);

    public Span<byte> GetSpan(int sizeHint = 0) => _buffer.AsSpan(_written);
}
