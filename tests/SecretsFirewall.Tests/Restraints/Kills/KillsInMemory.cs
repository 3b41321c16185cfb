using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Tests.Restraints.Kills;

/// <summary>Remembers while it lives, and fails when told to.</summary>
internal sealed class KillsInMemory : IKillStore
{
    public List<Kill> Kills { get; } = [];

    public bool Fails { get; set; }

    public IReadOnlyList<Kill>? Load() => Fails ? null : [.. Kills];

    public bool Save(Kill kill)
    {
        if (!Fails)
        {
            Kills.RemoveAll(one => one.Scope == kill.Scope && one.Name == kill.Name);
            Kills.Add(kill);
        }

        return !Fails;
    }

    public bool Delete(KillScope scope, string name)
    {
        if (!Fails)
        {
            Kills.RemoveAll(one => one.Scope == scope && one.Name == name);
        }

        return !Fails;
    }
}
