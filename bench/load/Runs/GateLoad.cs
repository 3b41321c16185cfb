using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Runs;
using SecretsFirewall.Gate;

namespace SecretsFirewall.Load.Runs;

/// <summary>
/// The reduced set that the build judges: what <c>sfw</c> spends by what the relay spends, in many short rounds that take turns. Of each subject a quick
/// round counts: whatever disturbs makes a round dearer, never cheaper.
/// </summary>
internal static class GateLoad
{
    // The share of the rounds that are quicker than the one that counts.
    private const double Quick = 0.2;

    private static readonly (string Scenario, string Metric, int Requests, string Name)[] Judged =
    [
        ("get", "cpu", 4_000, "GET 1 KB"),
        ("post", "cpu", 2_400, "POST 16 KB"),
        ("llm", "cpu_per_gb", 160, "1 MB LLM bodies"),
        ("tunnels", "cpu", 120, "new tunnels"),
    ];

    private static readonly BenchOptions Options = new()
    {
        Name = "gate",
        Firewall = [Path.Combine(AppContext.BaseDirectory, "sfw")],
        Only = [.. Judged.Select(static one => one.Scenario)],
        Direct = false,
        WarmUpRounds = 4,
        LeastRounds = 8,
        MostRounds = 8,
        SliceSeconds = 20,
        SliceRequests = Judged.ToDictionary(static one => one.Scenario, static one => one.Requests),
        NewNamesPerRound = 120,
    };

    /// <param name="slowdown">Added to what <c>sfw</c> spent, 0.3 for 30 %: shows that whoever judges sees it.</param>
    public static async Task<Measurement> MeasureAsync(double slowdown, string folder)
    {
        var results = await LoadBench.RunAsync(Options, BenchBasis.Shipped, Peers.None, folder, static _ => { });
        return results.Failures is [var failure, ..]
            ? throw new InvalidOperationException(failure)
            : new Measurement(
                Judged.ToDictionary(static one => one.Name, one => Cost(results.Figures, one.Scenario, one.Metric) * (1 + slowdown)),
                new Dictionary<string, long>());
    }

    private static double Cost(Figures figures, string scenario, string metric)
    {
        double Of(string subject) => Statistics.Quantile(figures.Of(new FigureKey(scenario, metric, subject)), Quick);
        return Of(Subject.Firewall) / Of(Subject.Relay);
    }
}
