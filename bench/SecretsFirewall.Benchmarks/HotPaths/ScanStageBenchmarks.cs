using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>
/// 8 MB of ordinary bodies through one stage after the other: rules alone, registered values alone, both, and both as a stream, which adds what may be open at the
/// end of a chunk and the seams. The floor is a copy of the same bytes.
/// </summary>
[MemoryDiagnoser]
public class ScanStageBenchmarks
{
    private const int Secrets = 1_000;

    private const int ChunkLength = 16 * 1024;

    private readonly Work _work = new(LlmBodies.Create(8 << 20));
    private DetectionSnapshot _rules = DetectionSnapshot.Empty;
    private DetectionSnapshot _values = DetectionSnapshot.Empty;
    private DetectionSnapshot _both = DetectionSnapshot.Empty;

    [GlobalSetup]
    public void Setup()
    {
        _rules = Registries.Snapshot(0, ShippedRules.Enabled);
        _values = Registries.Snapshot(Secrets, []);
        _both = Registries.Snapshot(Secrets, ShippedRules.Enabled);
    }

    [Benchmark(Baseline = true)]
    public int Copy() => _work.Copy();

    [Benchmark]
    public int Rules() => _work.Find(_rules);

    [Benchmark]
    public int RegisteredValues() => _work.Find(_values);

    [Benchmark]
    public int Both() => _work.Find(_both);

    [Benchmark]
    public long BothAsStream() => _work.Stream(_both, ChunkLength);
}
