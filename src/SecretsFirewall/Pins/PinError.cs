namespace SecretsFirewall.Pins;

/// <summary>Why a change of the pins was not made.</summary>
internal enum PinError
{
    /// <summary>The store could not remember it.</summary>
    StoreUnavailable = 0,

    NotFound,

    NotPending,

    None,
}

internal static class PinErrorSentences
{
    public static string Sentence(this PinError error) => error switch
    {
        PinError.NotFound => "No such tool is known of this host. `sfw mcp list` shows those that are.",
        PinError.NotPending => "This tool is not waiting: its description is the one that is known.",
        PinError.None => "",
        _ => "The store could not remember it; nothing was changed.",
    };
}
