namespace SecretsFirewall.Vault;

/// <summary>Where the master key comes from. The first that is set wins: the command, the variable <see cref="MasterKeySource.Variable"/>, the file.</summary>
internal sealed record MasterKeyOptions
{
    /// <summary>A file of mode 0600 that holds the key in base64.</summary>
    public required string File { get; init; }

    /// <summary>A command line for the shell that prints the key in base64, for keychains and secret managers; null by default.</summary>
    public string? Command { get; init; }

    /// <summary>30 s: time for a person to unlock a keychain.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
