namespace SecretsFirewall.Interception;

/// <summary>How the certificates are made that clients see.</summary>
internal sealed record InterceptionOptions
{
    /// <summary>A leaf's life. Short, so that a stolen leaf key is soon worth nothing; at most 7 days.</summary>
    public TimeSpan LeafLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Leaves are dated back, since clients' clocks are not ours.</summary>
    public TimeSpan Backdate { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Leaves kept ready. One is about 4 KB; the names of a long agent session are some hundreds.</summary>
    public int CachedLeaves { get; init; } = 4_096;

    /// <summary>New names that one agent may have minted within an hour: minting costs CPU and names can carry data.</summary>
    public int NamesPerAgentAndHour { get; init; } = 2_000;
}
