using System.Buffers;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>Takes what a redactor lets through where only its findings count. One for each thread, and cleared each time: it held traffic.</summary>
internal sealed class NoOutput : IBufferWriter<byte>
{
    [ThreadStatic]
    private static NoOutput? _instance;

    private byte[] _buffer = new byte[4096];

    public static NoOutput Instance => _instance ??= new NoOutput();

    public void Advance(int count) => _buffer.AsSpan(0, count).Clear();

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer.Length < sizeHint)
        {
            _buffer = new byte[sizeHint];
        }

        return _buffer;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
