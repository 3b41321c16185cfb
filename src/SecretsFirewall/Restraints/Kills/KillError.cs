namespace SecretsFirewall.Restraints.Kills;

/// <summary>Why something was not stopped, or not let go on.</summary>
internal enum KillError
{
    None = 0,
    NameInvalid,
    ReasonInvalid,
    NotKilled,
    FileThere,
    NotRecorded,
    NotRemembered,
    StoreUnavailable,
}

internal static class KillErrors
{
    public static string Sentence(this KillError error) => error switch
    {
        KillError.None => "Done.",
        KillError.NameInvalid => "That is no such name: a session and a tool are 1 to 200 visible ASCII characters, a host is a name or an address.",
        KillError.ReasonInvalid => $"A reason is one line of {OperatorText.MostCharacters} characters at most.",
        KillError.NotKilled => "This is not stopped. What is: sfw kill list",
        KillError.FileThere => "The file KILL is in the home: remove it first, then unkill.",
        KillError.NotRecorded => "The audit log cannot be written, so nothing is let go on.",
        KillError.NotRemembered => "It is stopped now, but the store cannot remember it: a restart would let it go on. Look at the disk, and say it again.",
        KillError.StoreUnavailable => "The store cannot be written, so it stays stopped.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
