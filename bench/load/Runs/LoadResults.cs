using SecretsFirewall.Load.Report;

namespace SecretsFirewall.Load.Runs;

/// <summary>Everything that a report needs.</summary>
internal sealed record LoadResults(
    LoadOptions Options,
    MachineFacts Machine,
    string ConfigHash,
    DateTimeOffset StartedAt,
    TimeSpan Took,
    int Rounds,
    Figures Figures,
    IReadOnlyList<string> Failures,
    IReadOnlyDictionary<string, string> PeerVersions);
