namespace SecretsFirewall.Restraints.Kills;

/// <summary>What a kill stops. The zero value stops everything.</summary>
internal enum KillScope
{
    System = 0,
    Agent,
    Session,
    Host,
    Tool,
}

internal static class KillScopes
{
    private static readonly string[] Words = ["system", "agent", "session", "host", "tool"];

    /// <summary>As commands and the store write it.</summary>
    public static string Word(this KillScope scope) => Words[(int)scope];

    public static bool TryParse(string word, out KillScope scope)
    {
        var index = Array.IndexOf(Words, word);
        scope = (KillScope)Math.Max(index, 0);
        return index >= 0;
    }
}
