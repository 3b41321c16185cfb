namespace SecretsFirewall.Restraints.Kills;

/// <summary>The port through which kills are remembered. False or null means that it could not, and that nothing was changed. One caller at a time.</summary>
internal interface IKillStore
{
    IReadOnlyList<Kill>? Load();

    /// <summary>Also in place of one with the same scope and name.</summary>
    bool Save(Kill kill);

    bool Delete(KillScope scope, string name);
}
