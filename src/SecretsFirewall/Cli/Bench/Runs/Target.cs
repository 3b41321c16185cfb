namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>How a figure is compared with its floor.</summary>
internal enum Comparison
{
    Ratio = 0,
    Difference,
    Absolute,
}

/// <summary>One line of the table of targets: what must be reached, and what is aimed at.</summary>
internal sealed record Target(
    string Title,
    string Scenario,
    string Metric,
    Comparison Comparison,
    string? Against,
    double Must,
    double Aim,
    string Unit)
{
    /// <summary>The targets that can be seen end to end. Those of scanning alone and of allocations are the microbenches'.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new("small GET, CPU", "get", "cpu", Comparison.Ratio, Subject.Relay, 2.0, 1.5, "×"),
        new("POST 16 KB, CPU", "post", "cpu", Comparison.Ratio, Subject.Relay, 3.0, 2.0, "×"),
        new("1 MB LLM bodies, CPU per GB", "llm", "cpu_per_gb", Comparison.Ratio, Subject.Relay, 2.0, 1.6, "×"),
        new("SSE, added latency per event, p50", "events", "p50_ms", Comparison.Difference, Subject.Direct, 0.5, 0.3, "ms"),
        new("SSE, added latency per event, p99", "events", "p99_ms", Comparison.Difference, Subject.Direct, 3, 3, "ms"),
        new("time to first event, 1 MB prompt", "first-event", "p50_ms", Comparison.Difference, Subject.Relay, 10, 4, "ms"),
        new("new tunnel with a new name, CPU", "tunnels", "cpu", Comparison.Ratio, Subject.Relay, 2.0, 1.5, "×"),
        new("1,000 idle streams, RSS each", "idle", "kb_each", Comparison.Absolute, null, 45, 30, "KB"),
        new("1 GB download, RSS growth", "download", "growth_mb", Comparison.Absolute, null, 64, 16, "MB"),
        new("1 GB upload, RSS growth", "upload", "growth_mb", Comparison.Absolute, null, 64, 16, "MB"),
        new("start to first answered request", "start", "seconds", Comparison.Absolute, null, 1, 0.4, "s"),
    ];

    /// <summary>The compared value of every round.</summary>
    public IReadOnlyList<double> Values(Figures figures)
    {
        var ours = new FigureKey(Scenario, Metric, Subject.Firewall);
        return Comparison switch
        {
            Comparison.Ratio => figures.Pair(ours, ours with { Subject = Against! }, (a, b) => a / b),
            Comparison.Difference => figures.Pair(ours, ours with { Subject = Against! }, (a, b) => a - b),
            _ => figures.Of(ours),
        };
    }
}
