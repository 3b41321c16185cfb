namespace SecretsFirewall.Admin;

/// <param name="Scope"><c>system</c>, <c>agent</c>, <c>session</c>, <c>host</c> or <c>tool</c>.</param>
/// <param name="Name">Empty for the system.</param>
/// <param name="Subdomains">Of a host: the names below it as well.</param>
/// <param name="By">Who asks: the user who runs the command.</param>
internal sealed record KillRequest(string Scope, string Name, bool Subdomains, string Reason, string By);

internal sealed record UnkillRequest(string Scope, string Name, string By);

internal sealed record KillReply(string Scope, string Name, bool Subdomains, string Reason, string By, DateTimeOffset KilledAt);

internal sealed record KillsReply(IReadOnlyList<KillReply> Kills);

/// <param name="Destination"><c>host</c>, <c>host:port</c> or a URL's beginning; null for a tool.</param>
/// <param name="Until">Null to lock.</param>
internal sealed record GateRequest(string Agent, string? Destination, string? Tool, DateTimeOffset? Until, string Reason, string By);

/// <param name="Target"><c>https://host</c>, or <c>tool NAME</c>.</param>
internal sealed record GateUnlockReply(string Agent, string Target, DateTimeOffset Until, string Reason, string By, DateTimeOffset UnlockedAt);

internal sealed record GateReply(IReadOnlyList<GateUnlockReply> Open);

/// <param name="Session">Null for the agent over all its sessions.</param>
/// <param name="Id"><c>AGENT/SESSION</c>, or <c>AGENT</c>.</param>
/// <param name="Risk">0 to 100.</param>
/// <param name="Pinned">The policy that it is held to; null where it is not.</param>
internal sealed record AgentSessionReply(
    string Id,
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
    IReadOnlyList<RiskSignalReply> Signals,
    string? Pinned);

internal sealed record RiskSignalReply(string Signal, int Weight, long Count, DateTimeOffset FirstAt);

internal sealed record AgentSessionsReply(IReadOnlyList<AgentSessionReply> Sessions);

/// <param name="Id"><c>AGENT/SESSION</c>, or <c>AGENT</c>.</param>
internal sealed record EndSessionRequest(string Id, string By);
