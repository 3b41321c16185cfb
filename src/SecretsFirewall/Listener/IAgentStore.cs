namespace SecretsFirewall.Listener;

/// <summary>An agent that has a token; the token itself is nowhere.</summary>
/// <param name="Level">The autonomy level, 1 to 3.</param>
/// <param name="TokenHash">SHA-256 of the token.</param>
internal sealed record AgentRecord(string Name, int Level, byte[] TokenHash, DateTimeOffset CreatedAt);

/// <summary>The port through which agents are remembered. False or null means that it could not, and that nothing was changed. One caller at a time.</summary>
internal interface IAgentStore
{
    IReadOnlyList<AgentRecord>? Load();

    bool Save(AgentRecord agent);

    /// <summary>Removes the agent, and what was stopped or unlocked under its name.</summary>
    bool Delete(string name);
}
