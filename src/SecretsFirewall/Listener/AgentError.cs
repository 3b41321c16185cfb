namespace SecretsFirewall.Listener;

/// <summary>Why an agent was not added, leased or found.</summary>
internal enum AgentError
{
    None = 0,
    NameInvalid,
    NameReserved,
    NameTaken,
    LevelInvalid,
    NotFound,
    SessionInvalid,
    StoreUnavailable,
}

internal static class AgentErrors
{
    public static string Sentence(this AgentError error) => error switch
    {
        AgentError.None => "Done.",
        AgentError.NameInvalid => "An agent's name is 1 to 64 of the characters a-z 0-9 _ . -",
        AgentError.NameReserved => "The name 'local' belongs to the agent without credentials.",
        AgentError.NameTaken => "An agent of this name exists; remove it first.",
        AgentError.LevelInvalid => "An autonomy level is 1, 2 or 3.",
        AgentError.NotFound => "There is no such agent.",
        AgentError.SessionInvalid => "A session's name is 1 to 128 visible ASCII characters.",
        AgentError.StoreUnavailable => "The agents' file cannot be read or written.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
