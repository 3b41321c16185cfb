using System.Text.Json;
using SecretsFirewall.Load.Runs;

namespace SecretsFirewall.Load.Report;

/// <summary>Every sample, so that two runs can be compared by a machine.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Write(LoadResults results) => JsonSerializer.Serialize(
        new
        {
            StartedAt = results.StartedAt,
            Seconds = Math.Round(results.Took.TotalSeconds),
            Mode = results.Options.Full ? "full" : "quick",
            results.Options.Seed,
            results.Options.Secrets,
            results.ConfigHash,
            results.Machine,
            results.Rounds,
            Targets = Target.All.Select(target => Describe(target, results.Figures)),
            Samples = results.Figures.All.Select(f => new { f.Key.Scenario, f.Key.Metric, f.Key.Subject, Values = f.Value }),
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
            Values = values,
        };
    }
}
