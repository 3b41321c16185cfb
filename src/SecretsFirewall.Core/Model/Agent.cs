namespace SecretsFirewall.Model;

/// <summary>Who sends. <paramref name="Level"/> is the autonomy level, 1 to 3: how much the agent may do without a person.</summary>
/// <param name="Name">The agent's name, <c>[a-z0-9_.-]{1,64}</c>.</param>
/// <param name="Level">1 to 3.</param>
/// <param name="MayBind">Whether references in its requests may be bound. The nameless local agent may only while it is the only one.</param>
/// <param name="Session">Groups exchanges for counting; a process started by <c>sfw exec</c> has its own.</param>
public sealed record AgentIdentity(string Name, int Level, bool MayBind, string Session)
{
    /// <summary>The agent that needs no credentials: loopback only, and only while no agent has a token.</summary>
    public const string Local = "local";
}
