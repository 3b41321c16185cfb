using SecretsFirewall.Cli.Bench.Report;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>Everything that a report needs.</summary>
internal sealed record LoadResults(
    BenchOptions Options,
    MachineFacts Machine,
    string ConfigHash,
    DateTimeOffset StartedAt,
    TimeSpan Took,
    int Rounds,
    Figures Figures,
    IReadOnlyList<ProcessFacts> Processes,
    IReadOnlyList<string> Failures,
    IReadOnlyDictionary<string, string> PeerVersions);
