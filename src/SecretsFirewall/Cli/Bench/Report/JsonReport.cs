using System.Text.Json;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Cli.Bench.Report;

/// <summary>Every sample, so that two runs can be compared by a machine.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Write(LoadResults results) => JsonSerializer.Serialize(
        new
        {
            StartedAt = results.StartedAt,
            Seconds = Math.Round(results.Took.TotalSeconds),
            Mode = results.Options.Name,
            results.Options.Seed,
            results.Options.Secrets,
            results.ConfigHash,
            results.Machine,
            results.Rounds,
            Targets = Target.All.Select(target => Describe(target, results.Figures)),
            results.Processes,
            Samples = results.Figures.All.Select(static one => Describe(one.Key, one.Value)),
            results.Failures,
        },
        Options) + "\n";

    private static object Describe(Target target, Figures figures)
    {
        var values = target.Values(figures);
        return new
        {
            target.Title,
            target.Scenario,
            target.Metric,
            Comparison = target.Comparison.ToString(),
            target.Against,
            target.Must,
            target.Aim,
            Median = values.Count == 0 ? null : (double?)Statistics.Median(values),
            Spread = values.Count == 0 ? null : Finite(Statistics.Spread(values)),
            Values = values,
        };
    }

    private static object Describe(FigureKey key, IReadOnlyList<double> values) => new
    {
        key.Scenario,
        key.Metric,
        key.Subject,
        P10 = Statistics.Quantile(values, 0.1),
        Median = Statistics.Median(values),
        P90 = Statistics.Quantile(values, 0.9),
        Spread = Finite(Statistics.Spread(values)),
        Values = values,
    };

    // A median of zero has none.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
