using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>One decision under 200 rules; the floor is a SHA-256 of 1 KB.</summary>
[MemoryDiagnoser]
public class PolicyBenchmarks
{
    private readonly Dictionary<string, (PolicySnapshot Policy, PolicyFacts Facts)> _questions = QuickPolicy.Questions().ToDictionary(static one => one.Name, static one => (one.Policy, one.Facts));
    private readonly byte[] _kilobyte = new byte[1024];
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];

    [Benchmark(Baseline = true)]
    public int Hash() => SHA256.HashData(_kilobyte, _hash);

    [Benchmark]
    public object Connect() => Decide(QuickPolicy.Connect);

    [Benchmark]
    public object RequestByHost() => Decide(QuickPolicy.RequestByHost);

    [Benchmark]
    public object RequestForEveryHost() => Decide(QuickPolicy.RequestForEveryHost);

    [Benchmark]
    public object Denied() => Decide(QuickPolicy.Denied);

    [Benchmark]
    public object ToolCallWithCommand() => Decide(QuickPolicy.Command);

    private object Decide(string question)
    {
        var (policy, facts) = _questions[question];
        return policy.Decide(facts);
    }
}
