using System.Buffers;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Benchmarks;

/// <summary>The measured operations over all bodies, shared by the quick table and BenchmarkDotNet.</summary>
internal sealed class Work(IReadOnlyList<byte[]> bodies)
{
    private readonly ReusedWriter _output = new(64 * 1024);
    private readonly byte[] _copy = new byte[16 * 1024];
    private readonly List<Detection> _found = [];

    /// <summary>The floor: every byte copied once, 16 KB at a time.</summary>
    public int Copy()
    {
        var copied = 0;
        foreach (var body in bodies)
        {
            for (var at = 0; at < body.Length; at += _copy.Length)
            {
                var chunk = body.AsSpan(at, Math.Min(_copy.Length, body.Length - at));
                chunk.CopyTo(_copy);
                copied += _copy[chunk.Length / 2];
            }
        }

        return copied;
    }

    public int Find(DetectionSnapshot snapshot)
    {
        var count = 0;
        foreach (var body in bodies)
        {
            snapshot.Find(body, _found);
            count += _found.Count;
        }

        return count;
    }

    /// <summary>Chunks in, copied out, what is open held back.</summary>
    public long Stream(DetectionSnapshot snapshot, int chunkLength)
    {
        var written = 0L;
        foreach (var body in bodies)
        {
            using var redactor = new StreamRedactor(snapshot, Registries.MaskAll);
            for (var at = 0; at < body.Length; at += chunkLength)
            {
                redactor.Write(body.AsSpan(at, Math.Min(chunkLength, body.Length - at)), _output);
                written += _output.Restart();
            }

            redactor.Complete(_output);
            written += _output.Restart();
        }

        return written;
    }

    /// <summary>A writer that starts over after every chunk, as a pipe does whose reader keeps up.</summary>
    private sealed class ReusedWriter(int capacity) : IBufferWriter<byte>
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
}
