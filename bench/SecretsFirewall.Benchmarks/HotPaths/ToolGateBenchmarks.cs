using BenchmarkDotNet.Attributes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>An answer of 400 events with one allowed tool call through the gate, an event a chunk; the floor is a copy of the events.</summary>
[MemoryDiagnoser]
public class ToolGateBenchmarks
{
    private readonly ReusedWriter _output = new(1 << 20);
    private readonly byte[] _target = new byte[64 * 1024];
    private IReadOnlyList<byte[]> _events = [];

    [Params(ProviderStreams.Anthropic, ProviderStreams.Chat, ProviderStreams.Responses, ProviderStreams.Gemini)]
    public string Provider { get; set; } = ProviderStreams.Anthropic;

    [GlobalSetup]
    public void Setup() => _events = ProviderStreams.Create(Provider, hasCall: true);

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
    public int Gate()
    {
        var calls = 0;
        using var gate = new ToolGate(AnswerFraming.Events, _ => new ToolVerdict(++calls > 0, ""), "bench");
        var written = 0;
        foreach (var one in _events)
        {
            gate.Write(one, _output);
            written += _output.Restart();
        }

        gate.Complete(_output);
        written += _output.Restart();
        return gate.Stop is ToolGateStop.None && calls == 1 ? written : throw new InvalidDataException($"Not what passes: {gate.Stop}, {calls} calls.");
    }
}
