namespace SecretsFirewall.Audit;

/// <summary>Why a chain does not hold.</summary>
internal enum AuditBreakReason
{
    None = 0,

    /// <summary>The line is no record of ours.</summary>
    NotARecord,

    /// <summary>A record was changed after it was written.</summary>
    Edited,

    /// <summary>Records are not there that stood here.</summary>
    Deleted,

    /// <summary>The record stands at another place than it was written.</summary>
    Reordered,

    /// <summary>Two different records have one number.</summary>
    Inserted,

    /// <summary>The record stands here a second time.</summary>
    Duplicated,

    /// <summary>The last line has no end: a write under way, or torn.</summary>
    Unfinished,

    /// <summary>The log begins late, and no signed record says why.</summary>
    MissingStart,

    /// <summary>The log ends before what a witness, or the firewall's own store, knows of it.</summary>
    Truncated,

    /// <summary>The same, at a checkpoint: an older copy of the log stands in its place.</summary>
    RolledBack,

    /// <summary>The log holds another record than a witness, or the firewall's own store, knows at this number.</summary>
    Rewritten,

    /// <summary>A checkpoint says something else than the records before it.</summary>
    WrongCheckpoint,

    /// <summary>The signature of a checkpoint or key does not fit.</summary>
    BadSignature,

    /// <summary>The last checkpoints are signed by a key that nobody who is trusted vouches for.</summary>
    UnknownKey,

    /// <summary>No checkpoint of a trusted key stands in the log.</summary>
    Unsigned,
}

internal static class AuditBreakReasons
{
    /// <summary>As it is written for programs.</summary>
    public static string Word(this AuditBreakReason reason) => reason switch
    {
        AuditBreakReason.None => "none",
        AuditBreakReason.NotARecord => "not_a_record",
        AuditBreakReason.Edited => "edited",
        AuditBreakReason.Deleted => "deleted",
        AuditBreakReason.Reordered => "reordered",
        AuditBreakReason.Inserted => "inserted",
        AuditBreakReason.Duplicated => "duplicated",
        AuditBreakReason.Unfinished => "unfinished",
        AuditBreakReason.MissingStart => "missing_start",
        AuditBreakReason.Truncated => "truncated",
        AuditBreakReason.RolledBack => "rolled_back",
        AuditBreakReason.Rewritten => "rewritten",
        AuditBreakReason.WrongCheckpoint => "wrong_checkpoint",
        AuditBreakReason.BadSignature => "bad_signature",
        AuditBreakReason.UnknownKey => "unknown_key",
        AuditBreakReason.Unsigned => "unsigned",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>For people.</summary>
    public static string Sentence(this AuditBreakReason reason) => reason switch
    {
        AuditBreakReason.None => "The chain holds.",
        AuditBreakReason.NotARecord => "This line is no record.",
        AuditBreakReason.Edited => "This record, or the one before it, was changed after it was written.",
        AuditBreakReason.Deleted => "Records before this one are not there.",
        AuditBreakReason.Reordered => "This record does not stand where it was written.",
        AuditBreakReason.Inserted => "Another record has this one's number: one of them was put in.",
        AuditBreakReason.Duplicated => "This record stands here a second time.",
        AuditBreakReason.Unfinished => "The last line has no end.",
        AuditBreakReason.MissingStart => "Records before this one are not there, and no signed record says that they were removed.",
        AuditBreakReason.Truncated => "The log ends here, and is known to have gone on.",
        AuditBreakReason.RolledBack => "The log ends at this checkpoint, and is known to have gone on: it was cut there, or an older copy stands in its place.",
        AuditBreakReason.Rewritten => "Another record is known to have had this number.",
        AuditBreakReason.WrongCheckpoint => "This checkpoint does not say what stands before it.",
        AuditBreakReason.BadSignature => "This signature does not fit.",
        AuditBreakReason.UnknownKey => "The checkpoints from here on are signed by a key that is not trusted.",
        AuditBreakReason.Unsigned => "No checkpoint in the log is signed by a trusted key.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}

/// <summary>The first place where a chain breaks.</summary>
/// <param name="Segment">File name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Offset">Of the line's first byte.</param>
internal sealed record AuditBreak(string Segment, int Line, long Offset, AuditBreakReason Reason);

/// <summary>What a check of the chain found.</summary>
/// <param name="FirstSequence">1, or more where older segments were removed or are elsewhere.</param>
/// <param name="LastHash">To compare with a copy kept elsewhere: what was cut off at the end leaves no other trace in the log itself.</param>
internal sealed record AuditVerification(long Records, long FirstSequence, long LastSequence, string LastHash, AuditBreak? Break)
{
    /// <summary>More records than this without a checkpoint of a trusted key are more than any setting leaves.</summary>
    public const int MostUnsigned = 10_000;

    public bool IsWhole => Break is null;

    public long Checkpoints { get; init; }

    /// <summary>The last record that a trusted key vouches for; 0 if none.</summary>
    public long SignedThrough { get; init; }

    /// <summary>The last checkpoint.</summary>
    public DateTimeOffset? CheckpointAt { get; init; }

    /// <summary>Records before this were removed as the settings ask for, which a signed record says; 0 if none were.</summary>
    public long RemovedThrough { get; init; }

    /// <summary>Records that nobody can vouch for yet.</summary>
    public long Unsigned => LastSequence - Math.Max(SignedThrough, FirstSequence - 1);

    public bool IsSigned => SignedThrough > 0 && Unsigned <= MostUnsigned;
}
