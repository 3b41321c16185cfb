namespace SecretsFirewall.Vault;

/// <summary>Why there is no master key.</summary>
internal enum MasterKeyError
{
    None = 0,
    FileMissing,
    FileExists,
    FileUnreadable,
    FileModeTooWide,
    NotAKey,
    CommandFailed,
    CommandTimedOut,
}

internal static class MasterKeyErrors
{
    public static string Sentence(this MasterKeyError error) => error switch
    {
        MasterKeyError.None => "Done.",
        MasterKeyError.FileMissing => "The master key's file does not exist.",
        MasterKeyError.FileExists => "The master key's file exists already; it is never overwritten.",
        MasterKeyError.FileUnreadable => "The master key's file cannot be read or written.",
        MasterKeyError.FileModeTooWide => "The master key's file can be read by others: change its mode to 0600, and the key if others may have read it.",
        MasterKeyError.NotAKey => "The master key is not 32 bytes in base64.",
        MasterKeyError.CommandFailed => "The command that should print the master key did not start or did not end with 0.",
        MasterKeyError.CommandTimedOut => "The command that should print the master key did not end in time.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
