namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What one session, or an agent over all its sessions, has done so far.</summary>
/// <param name="Session">Null for the agent as a whole.</param>
/// <param name="Open">Exchanges under way.</param>
/// <param name="Hosts">In their order.</param>
/// <param name="Risk">0 to 100.</param>
/// <param name="Pinned">The policy that it is held to, if that is so.</param>
internal sealed record SessionSummary(
    string Agent,
    string? Session,
    DateTimeOffset StartedAt,
    DateTimeOffset LastAt,
    int Open,
    long Requests,
    long RequestBytes,
    long ResponseBytes,
    long Tokens,
    decimal Cost,
    IReadOnlyList<string> Hosts,
    int Risk,
    IReadOnlyList<SeenSignal> Signals,
    string? Pinned);
