using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Benchmarks;

/// <summary>One stream that never ends and in which nothing is found.</summary>
internal sealed class CleanChunks : IDisposable
{
    private readonly List<byte[]> _chunks = [];
    private readonly ReusedWriter _output = new(1 << 20);
    private readonly StreamRedactor _redactor;
    private int _next;

    /// <summary>Takes of the bodies those chunks in which nothing is found, and writes each once: then every buffer has the length that it needs.</summary>
    public CleanChunks(DetectionSnapshot snapshot, IReadOnlyList<byte[]> bodies, int chunkLength)
    {
        _redactor = new StreamRedactor(snapshot, Registries.MaskAll);
        var found = new List<Detection>();
        foreach (var chunk in bodies.SelectMany(body => body.Chunk(chunkLength)).Where(chunk => chunk.Length == chunkLength))
        {
            snapshot.Find(chunk, found);
            if (found.Count == 0)
            {
                _chunks.Add(chunk);
            }
        }

        WriteAll();
    }

    public int WriteOne()
    {
        _redactor.Write(_chunks[_next], _output);
        _next = (_next + 1) % _chunks.Count;
        return _output.Restart();
    }

    /// <summary>Bytes on the managed heap, on average.</summary>
    public double AllocatedByOne()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        WriteAll();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)_chunks.Count;
    }

    public void Dispose() => _redactor.Dispose();

    private void WriteAll()
    {
        for (var i = 0; i < _chunks.Count; i++)
        {
            WriteOne();
        }
    }
}
