using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks;

/// <summary>How long a change of the vault takes to be in force.</summary>
[MemoryDiagnoser]
public class BuildBenchmarks
{
    private List<RegisteredValue> _values = [];

    [Params(1_000, 10_000, 100_000)]
    public int Secrets { get; set; }

    [GlobalSetup]
    public void Setup() => _values = [.. Registries.Values(Secrets)];

    [Benchmark]
    public DetectionSnapshot Build() => DetectionSnapshot.Build(_values, new byte[32], ShippedRules.Enabled);
}
