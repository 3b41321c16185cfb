namespace SecretsFirewall.Restraints.Sessions;

/// <summary>One session of one agent, from its first exchange until it is idle or ended.</summary>
internal sealed class AgentSession(AgentHistory history, string name, Tally tally)
{
    public AgentHistory History => history;

    public string Agent => history.Agent;

    public string Name => name;

    public Tally Tally => tally;

    public RiskRecord Risk { get; } = new();

    /// <summary>Since it was written down last.</summary>
    public bool IsChanged { get; set; } = true;

    /// <summary>What it began under, for whoever decides; the first one stays.</summary>
    public object? Pinned { get; private set; }

    /// <summary>What <see cref="Pinned"/> is called.</summary>
    public string? PinnedName { get; private set; }

    public T Pin<T>(T current, string description)
        where T : class
    {
        lock (history.Sync)
        {
            Pinned ??= current;
            PinnedName ??= description;
            return (T)Pinned;
        }
    }
}
