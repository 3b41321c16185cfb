using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>A clean answer of 400 events through the joiner, an event a chunk, with 1,000 secrets and all rules; the floor is a copy of the events.</summary>
[MemoryDiagnoser]
public class EventStreamBenchmarks
{
    private readonly ReusedWriter _output = new(1 << 20);
    private readonly byte[] _target = new byte[64 * 1024];
    private IReadOnlyList<byte[]> _events = [];
    private DetectionSnapshot _snapshot = DetectionSnapshot.Empty;

    [Params(ProviderStreams.Anthropic, ProviderStreams.Chat, ProviderStreams.Responses, ProviderStreams.Gemini)]
    public string Provider { get; set; } = ProviderStreams.Anthropic;

    [GlobalSetup]
    public void Setup()
    {
        _events = ProviderStreams.Create(Provider, hasCall: false);
        _snapshot = Registries.Snapshot(1_000, ShippedRules.Enabled);
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        var copied = 0;
        foreach (var one in _events)
        {
            one.CopyTo(_target.AsSpan());
            copied += one.Length;
        }

        return copied;
    }

    [Benchmark]
    public int Join()
    {
        using var joiner = new EventStreamJoiner(_snapshot, Registries.MaskAll);
        var written = 0;
        foreach (var one in _events)
        {
            joiner.Write(one, _output);
            written += _output.Restart();
        }

        joiner.Complete(_output);
        written += _output.Restart();
        return joiner.Stop is EventStreamStop.None ? written : throw new InvalidDataException($"The stream was stopped: {joiner.Stop}.");
    }
}
