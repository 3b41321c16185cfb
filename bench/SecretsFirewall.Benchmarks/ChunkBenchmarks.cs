using BenchmarkDotNet.Attributes;

namespace SecretsFirewall.Benchmarks;

/// <summary>One clean chunk of an open stream: it allocates nothing.</summary>
[MemoryDiagnoser]
public class ChunkBenchmarks : IDisposable
{
    private CleanChunks? _chunks;

    [Params(1_000, 100_000)]
    public int Secrets { get; set; }

    [Params(4 * 1024, 16 * 1024)]
    public int ChunkLength { get; set; }

    [GlobalSetup]
    public void Setup() => _chunks = new CleanChunks(Registries.Snapshot(Secrets, ShippedRules.Enabled), LlmBodies.Create(8 << 20), ChunkLength);

    [GlobalCleanup]
    public void Dispose()
    {
        _chunks?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int CleanChunk() => _chunks!.WriteOne();
}
