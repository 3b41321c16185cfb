using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks;

/// <summary>Whole bodies, at once and in chunks, against the copy of the same bytes: rules, entropy and registered values.</summary>
[MemoryDiagnoser]
public class ScanBenchmarks
{
    private readonly Work _work = new(LlmBodies.Create(8 << 20));
    private DetectionSnapshot _snapshot = DetectionSnapshot.Empty;

    [Params(10, 1_000, 10_000, 100_000)]
    public int Secrets { get; set; }

    [Params(4 * 1024, 16 * 1024)]
    public int ChunkLength { get; set; }

    [GlobalSetup]
    public void Setup() => _snapshot = Registries.Snapshot(Secrets, ShippedRules.Enabled);

    [Benchmark(Baseline = true)]
    public int Copy() => _work.Copy();

    [Benchmark]
    public int Find() => _work.Find(_snapshot);

    [Benchmark]
    public long Stream() => _work.Stream(_snapshot, ChunkLength);
}
