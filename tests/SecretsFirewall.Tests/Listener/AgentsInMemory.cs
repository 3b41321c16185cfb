using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

/// <summary>Remembers while it lives, and fails when told to.</summary>
internal sealed class AgentsInMemory : IAgentStore
{
    public List<AgentRecord> Records { get; } = [];

    public List<AgentKill> Kills { get; } = [];

    public bool Fails { get; set; }

    public IReadOnlyList<AgentRecord>? Load() => Fails ? null : Records;

    public bool Save(AgentRecord agent)
    {
        if (!Fails)
        {
            Records.Add(agent);
        }

        return !Fails;
    }

    public bool Delete(string name)
    {
        if (!Fails)
        {
            Records.RemoveAll(r => r.Name == name);
            Kills.RemoveAll(k => k.Agent == name);
        }

        return !Fails;
    }

    public IReadOnlyList<AgentKill>? LoadKills() => Fails ? null : Kills;

    public bool SaveKill(AgentKill kill)
    {
        if (!Fails)
        {
            Kills.Add(kill);
        }

        return !Fails;
    }

    public bool DeleteKill(string agent)
    {
        if (!Fails)
        {
            Kills.RemoveAll(k => k.Agent == agent);
        }

        return !Fails;
    }
}
