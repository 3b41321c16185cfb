using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks;

/// <summary>Whole bodies and streams against the copy of the same bytes.</summary>
[MemoryDiagnoser]
public class ScanBenchmarks
{
    private readonly Work _work = new(LlmBodies.Create(8 << 20));
    private DetectionSnapshot _snapshot = DetectionSnapshot.Empty;

    [Params(10, 1_000, 10_000, 100_000)]
    public int Secrets { get; set; }

    [GlobalSetup]
    public void Setup() => _snapshot = Registries.Snapshot(Secrets);

    [Benchmark(Baseline = true)]
    public int Copy() => _work.Copy();

    [Benchmark]
    public int Find() => _work.Find(_snapshot);

    [Benchmark]
    public long Stream16K() => _work.Stream(_snapshot, 16 * 1024);

    [Benchmark]
    public long Stream4K() => _work.Stream(_snapshot, 4 * 1024);
}
