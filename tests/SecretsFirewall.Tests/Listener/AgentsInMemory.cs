using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

/// <summary>Remembers while it lives, and fails when told to.</summary>
internal sealed class AgentsInMemory : IAgentStore
{
    public List<AgentRecord> Records { get; } = [];

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
        }

        return !Fails;
    }
}
