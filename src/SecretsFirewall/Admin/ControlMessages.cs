namespace SecretsFirewall.Admin;

internal sealed record NoContent
{
    public static NoContent Instance { get; } = new();
}

/// <summary>The body of an answer that is not 200.</summary>
internal sealed record FailureReply(ControlFailureKind Kind, string Message);

/// <summary>A secret's, agent's or binding's name.</summary>
internal sealed record NameRequest(string Name);

/// <param name="Value">In base64 on the wire. Whoever holds the array clears it.</param>
internal sealed record AddSecretRequest(string Name, byte[] Value, bool Weak, bool Replace)
{
    public override string ToString() => Name;
}

/// <param name="Value">In base64 on the wire. Whoever holds the array clears it.</param>
/// <param name="KeepForSeconds">How long the old value is still masked.</param>
internal sealed record RotateRequest(string Name, byte[] Value, bool Weak, long KeepForSeconds)
{
    public override string ToString() => Name;
}

internal sealed record RotateReply(long Version);

/// <param name="Value">Made up by the caller, who shows it once. Whoever holds the array clears it.</param>
/// <param name="Kills">Stop the agent that it is seen with.</param>
internal sealed record AddCanaryRequest(string Name, byte[] Value, bool Kills)
{
    public override string ToString() => Name;
}

internal sealed record CapturedValueReply(string Name, string Rule, string Agent, DateTimeOffset CapturedAt, DateTimeOffset LastUsedAt, long Uses, bool Ambiguous);

internal sealed record CapturedReply(IReadOnlyList<CapturedValueReply> Captured);

/// <param name="Captured">The name that masking gave: <c>auto.&lt;rule&gt;.&lt;tag&gt;</c>.</param>
/// <param name="Name">What the secret is to be called.</param>
internal sealed record AdoptRequest(string Captured, string Name, bool Weak);

/// <param name="Content">The whole <c>.env</c> file. Whoever holds the array clears it.</param>
internal sealed record ImportRequest(byte[] Content, string Prefix, bool Weak)
{
    public override string ToString() => "a .env file";
}

/// <param name="Error">Null if it was taken.</param>
internal sealed record ImportedLine(int Line, string Name, string? Error);

internal sealed record ImportReply(IReadOnlyList<ImportedLine> Lines);

/// <param name="Place"><c>header</c>, <c>query</c>, <c>json</c>, <c>form</c> or <c>sigv4</c>.</param>
internal sealed record BindRequest(
    string Secret,
    string Host,
    int Port,
    string Place,
    string Key,
    string Format,
    IReadOnlyList<string> Methods,
    string? Path,
    string? Agent,
    int Max);

internal sealed record BindingReply(
    string Id,
    string Host,
    int Port,
    string Place,
    string Key,
    string Format,
    IReadOnlyList<string> Methods,
    string? Path,
    string? Agent,
    int Max);

/// <param name="Use"><c>secret</c>, <c>canary</c> or <c>killing_canary</c>.</param>
/// <param name="Version">Of the value in use; it is as old as <paramref name="ChangedAt"/>.</param>
internal sealed record SecretReply(
    string Name,
    string Use,
    long Version,
    bool Weak,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    IReadOnlyList<OldValueReply> OldValues,
    IReadOnlyList<BindingReply> Bindings);

/// <summary>A value that was rotated away and is still masked until <paramref name="MaskedUntil"/>.</summary>
internal sealed record OldValueReply(long Version, DateTimeOffset ActiveSince, DateTimeOffset RetiredAt, DateTimeOffset MaskedUntil);

internal sealed record SecretsReply(IReadOnlyList<SecretReply> Secrets);

internal sealed record AddAgentRequest(string Name, int Level);

/// <summary>The only message that carries an agent's token.</summary>
internal sealed record AgentTokenReply(string Name, string Token)
{
    public override string ToString() => Name;
}

/// <param name="KilledAt">Null unless it is stopped.</param>
internal sealed record AgentReply(string Name, int Level, DateTimeOffset CreatedAt, DateTimeOffset? KilledAt, string? KillReason);

internal sealed record AgentsReply(IReadOnlyList<AgentReply> Agents);

/// <param name="Agent">Whose own it is; null for the installation's.</param>
/// <param name="Constraints">The domains and addresses that it can vouch for; null for every name.</param>
internal sealed record CaReply(
    string? Agent, string CertificatePem, string Subject, string Fingerprint, DateTimeOffset NotBefore, DateTimeOffset NotAfter, IReadOnlyList<string>? Constraints);

internal sealed record CasReply(IReadOnlyList<CaReply> Authorities);

/// <param name="Path">Absolute.</param>
internal sealed record BackupRequest(string Path);

/// <param name="Session">A random name of the caller's.</param>
/// <param name="Agent">Null for the only agent there is, or <c>local</c>.</param>
internal sealed record SessionRequest(string Session, string? Agent);

internal sealed record SessionReply(string Agent, string Token, string Proxy)
{
    public override string ToString() => Agent;
}

internal sealed record SessionSummary(long Exchanges, long Masked, long Bound, long Refused);

/// <param name="Session">An open session; the route ends with it.</param>
/// <param name="Host"><c>name:port</c> as an agent would call it.</param>
/// <param name="Address">Where it is.</param>
/// <param name="CaFile">The authority of its certificate.</param>
internal sealed record ProbeRequest(string Session, string Host, string Address, string CaFile);

/// <summary>What is, and what an operator should know about it.</summary>
/// <param name="ProcessId">Null if no firewall runs on the home.</param>
/// <param name="Proxy">Where agents connect.</param>
/// <param name="Unverified">The rules by which tunnels pass unread.</param>
internal sealed record StatusReply(
    string Version,
    int? ProcessId,
    DateTimeOffset? StartedAt,
    string Home,
    string? Proxy,
    string? Admin,
    PolicyReply Policy,
    int Agents,
    int Secrets,
    int Sessions,
    DateTimeOffset CaExpires,
    string Storage,
    IReadOnlyList<string> Notes,
    IReadOnlyList<UnverifiedReply>? Unverified = null)
{
    /// <summary>Whether what should be refused is; null where no firewall runs.</summary>
    public EnforcementReply? Enforcement { get; init; }

    /// <summary>What went through since the start; null where no firewall runs.</summary>
    public CoverageReply? Coverage { get; init; }

    /// <summary>Where the audit log stands.</summary>
    public LogReply? Log { get; init; }
}

/// <param name="State"><c>enforcing</c>, <c>observing</c>, or <c>refusing</c> where nothing is let through.</param>
internal sealed record EnforcementReply(string State, string Why);

/// <param name="Inspected">Exchanges that were read and let through.</param>
/// <param name="Opaque">Tunnels that passed unread.</param>
internal sealed record CoverageReply(long Inspected, long Opaque, long Refused);

/// <param name="Ends">After this nothing passes unread by it.</param>
/// <param name="HasEnded">It does not hold any more.</param>
/// <param name="IsBound">A secret is bound to the host, so that its tunnels are read all the same.</param>
/// <param name="Open">Tunnels now.</param>
/// <param name="Total">Tunnels since the start.</param>
internal sealed record UnverifiedReply(
    string Rule, string Host, int Port, string Reason, DateTimeOffset Ends, bool HasEnded, bool IsBound, long Open, long Total, long RequestBytes, long ResponseBytes);

/// <param name="Rules">How many detection rules are looked for.</param>
/// <param name="Trust"><c>signed</c>, <c>shipped</c>, <c>unsigned</c>, or <c>none</c>; empty where no firewall runs and no bundle is in force.</param>
/// <param name="ExpiresAt">When a bundle ends.</param>
/// <param name="Mode"><c>observing</c> where nothing is refused for what the policy says.</param>
internal sealed record PolicyReply(string Name, int Revision, string Hash, int Rules = 0, string Trust = "", DateTimeOffset? ExpiresAt = null, string Mode = "");
