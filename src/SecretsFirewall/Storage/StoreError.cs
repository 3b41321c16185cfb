namespace SecretsFirewall.Storage;

/// <summary>Why the store did not open, or did not do what was asked. Nothing is deleted or overwritten in any of these cases.</summary>
internal enum StoreError
{
    None = 0,
    NoLibrary,
    Unreadable,
    NotADatabase,
    NotOurs,
    Damaged,
    NewerSchema,
    Busy,
    Full,
    CopyFailed,
    UpgradeFailed,
    BackupExists,
}

internal static class StoreErrors
{
    /// <summary>One sentence for the operator.</summary>
    public static string Sentence(this StoreError error) => error switch
    {
        StoreError.None => "Done.",
        StoreError.NoLibrary => "Neither the system's SQLite library nor the bundled one can be loaded.",
        StoreError.Unreadable => "The database cannot be opened for reading and writing: check its folder, owner and mode.",
        StoreError.NotADatabase => "The file is not a database: it was overwritten or damaged. It was left as it is; restore a backup.",
        StoreError.NotOurs => "The file is another program's database. It was left as it is.",
        StoreError.Damaged => "The database is damaged. It was left as it is; restore a backup.",
        StoreError.NewerSchema => "The database was written by a newer version of this program. Use that version, or restore a backup from before the upgrade.",
        StoreError.Busy => "Another process holds the database.",
        StoreError.Full => "The disk is full.",
        StoreError.CopyFailed => "The copy that is made before an upgrade could not be written. The database was left as it is.",
        StoreError.UpgradeFailed => "The database could not be upgraded. It was left as it was; the copy from before stands beside it.",
        StoreError.BackupExists => "A file of the backup's name exists; it is never overwritten.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
