using System.Globalization;
using System.Text;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Cli.Bench.Report;

/// <summary>The table of ratios beside the targets, then what they were computed from.</summary>
internal static class MarkdownReport
{
    private static readonly (string Scenario, string Metric, string Title)[] Raw =
    [
        ("get", "rate", "GET 1 KB, requests/s"),
        ("get", "cpu", "GET 1 KB, CPU s per 10,000"),
        ("get", "p50_ms", "GET 1 KB, p50, ms"),
        ("get", "p99_ms", "GET 1 KB, p99, ms"),
        ("post", "rate", "POST 16 KB, requests/s"),
        ("post", "cpu", "POST 16 KB, CPU s per 10,000"),
        ("post", "p50_ms", "POST 16 KB, p50, ms"),
        ("post", "p99_ms", "POST 16 KB, p99, ms"),
        ("llm", "rate", "1 MB LLM bodies, requests/s"),
        ("llm", "cpu_per_gb", "1 MB LLM bodies, CPU s per GB"),
        ("llm", "p50_ms", "1 MB LLM bodies, p50, ms"),
        ("llm", "p99_ms", "1 MB LLM bodies, p99, ms"),
        ("events", "p50_ms", "SSE event, age on arrival p50, ms"),
        ("events", "p99_ms", "SSE event, age on arrival p99, ms"),
        ("first-event", "p50_ms", "1 MB prompt to first event, ms"),
        ("tunnels", "rate", "new tunnels with new names/s"),
        ("tunnels", "cpu", "new tunnels, CPU s per 10,000"),
        ("tunnels", "p50_ms", "new tunnel and a GET in it, p50, ms"),
        ("tunnels", "p99_ms", "new tunnel and a GET in it, p99, ms"),
        ("idle", "kb_each", "idle stream, KB of RSS"),
        ("download", "growth_mb", "1 GB download, RSS growth, MB"),
        ("download", "cpu_per_gb", "1 GB download, CPU s per GB"),
        ("upload", "growth_mb", "1 GB upload, RSS growth, MB"),
        ("upload", "cpu_per_gb", "1 GB upload, CPU s per GB"),
        ("start", "seconds", "start to first answer, s"),
    ];

    /// <summary>The table of those lines that were measured of somebody, a column each.</summary>
    public static void WriteMedians(StringBuilder text, LoadResults results, IReadOnlyList<string> subjects)
    {
        Line(text, $"| medians | {string.Join(" | ", subjects)} |");
        Line(text, $"|---{string.Concat(subjects.Select(static _ => "|---"))}|");
        foreach (var (scenario, metric, title) in Raw)
        {
            var cells = subjects.Select(subject => results.Figures.Of(new FigureKey(scenario, metric, subject))).ToList();
            if (cells.Any(static values => values.Count > 0))
            {
                Line(text, $"| {title} | {string.Join(" | ", cells.Select(static values => values.Count == 0 ? "–" : Number(Statistics.Median(values))))} |");
            }
        }
    }

    public static string Write(LoadResults results)
    {
        var text = new StringBuilder();
        var machine = results.Machine;
        Line(text, $"# Load, end to end");
        Line(text, $"");
        Line(text, $"{results.StartedAt:yyyy-MM-dd HH:mm} UTC, {results.Options.Name}, {results.Rounds} rounds in {results.Took.TotalMinutes:F1} min; {machine.Processor}, {machine.Cores} cores, {machine.MemoryGb} GB; {machine.System}; {machine.Runtime}; seed {results.Options.Seed}; {results.Options.Secrets:N0} secrets registered; configuration {results.ConfigHash[..12]}.");
        Line(text, $"");
        Line(text, $"Read the ratios: they compare what ran side by side within a round. *relay* is a bare SslStream ↔ SslStream copy with a fixed leaf.");
        Line(text, $"");
        Line(text, $"| | must | aim | measured | from … to | against | |");
        Line(text, $"|---|---|---|---|---|---|---|");
        foreach (var target in Target.All)
        {
            WriteTarget(text, target, target.Values(results.Figures));
        }

        Line(text, $"");
        WriteMedians(text, results, [Subject.Direct, Subject.Relay, Subject.Firewall]);
        Line(text, $"");
        WriteProcesses(text, results.Processes);

        foreach (var failure in results.Failures)
        {
            Line(text, $"");
            Line(text, $"**No figure:** {failure}");
        }

        return text.ToString();
    }

    private static void WriteProcesses(StringBuilder text, IReadOnlyList<ProcessFacts> processes)
    {
        Line(text, $"| over all rounds | CPU s | RSS, MB | peak, MB |");
        Line(text, $"|---|---|---|---|");
        foreach (var process in processes)
        {
            Line(text, $"| {process.Name} | {Number(process.CpuSeconds)} | {Number(process.ResidentBytes / 1e6)} | {Number(process.PeakBytes / 1e6)} |");
        }
    }

    private static void WriteTarget(StringBuilder text, Target target, IReadOnlyList<double> values)
    {
        var sign = target.Comparison == Comparison.Difference ? "+" : "";
        var limits = $"≤ {sign}{Number(target.Must)} {target.Unit} | ≤ {sign}{Number(target.Aim)} {target.Unit}";
        if (values.Count == 0)
        {
            Line(text, $"| {target.Title} | {limits} | – | – | {target.Against ?? ""} | not measured |");
            return;
        }

        var median = Statistics.Median(values);
        var mark = median <= target.Aim ? "aim" : median <= target.Must ? "must" : "**miss**";
        Line(text, $"| {target.Title} | {limits} | {Number(median)} {target.Unit} | {Number(values.Min())} … {Number(values.Max())} | {target.Against ?? ""} | {mark} |");
    }

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
