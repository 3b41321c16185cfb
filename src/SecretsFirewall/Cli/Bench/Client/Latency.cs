using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>How long each exchange of one connection took.</summary>
internal sealed class Latency
{
    private readonly List<double> _milliseconds = [];

    public long Count => _milliseconds.Count;

    public void Add(TimeSpan elapsed) => _milliseconds.Add(elapsed.TotalMilliseconds);

    /// <summary>p50, p90 and p99 over all connections, in ms; nothing if nothing came to its end.</summary>
    public static IReadOnlyList<double> Quantiles(IEnumerable<Latency> connections)
    {
        double[] all = [.. connections.SelectMany(static one => one._milliseconds)];
        return all.Length == 0 ? [] : [Statistics.Quantile(all, 0.5), Statistics.Quantile(all, 0.9), Statistics.Quantile(all, 0.99)];
    }
}
