namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What an agent has done over all its sessions: its sessions may end, and a new one begins with this.</summary>
internal sealed class AgentHistory(string agent, DateTimeOffset startedAt)
{
    public Lock Sync { get; } = new();

    public string Agent => agent;

    /// <summary>Begins anew after the agent was idle.</summary>
    public Tally Tally { get; set; } = new(startedAt);

    /// <summary>Stays until a person ends it.</summary>
    public RiskRecord Risk { get; } = new();

    /// <summary>Where it has been, ever; what does not fit counts as new each time.</summary>
    public HashSet<string> KnownHosts { get; } = new(StringComparer.Ordinal);

    /// <summary>Since it was written down last, here or in a session.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Names of sessions that ended since then.</summary>
    public List<string> Ended { get; } = [];

    public Dictionary<string, AgentSession> Sessions { get; } = new(StringComparer.Ordinal);
}
