namespace SecretsFirewall.Audit;

/// <summary>Why the log takes no records. While it takes none, nothing may be forwarded.</summary>
internal enum AuditTrouble
{
    None = 0,

    /// <summary><see cref="AuditOptions.TotalBytes"/> are used; move old segments away.</summary>
    CapReached,

    /// <summary>The disk is full, or the folder cannot be written.</summary>
    Unwritable,

    /// <summary>Records that were written are not there any more. Only a person goes on over that, and the log says so.</summary>
    RecordsMissing,

    /// <summary>The clock stands well before the last record.</summary>
    ClockBehind,
}

internal static class AuditTroubles
{
    /// <summary>One sentence, for agents and operators.</summary>
    public static string Sentence(this AuditTrouble trouble) => trouble switch
    {
        AuditTrouble.CapReached => "The audit log has reached audit.total, so nothing is forwarded.",
        AuditTrouble.RecordsMissing => "Records are missing from the audit log, so nothing is forwarded.",
        AuditTrouble.ClockBehind => "The clock stands before the last audit record, so nothing is forwarded.",
        _ => "The audit log cannot be written, so nothing is forwarded.",
    };

    /// <summary>What the operator can do.</summary>
    public static string Advice(this AuditTrouble trouble) => trouble switch
    {
        AuditTrouble.CapReached => "The operator can set audit.keep_bytes, raise audit.total, or move closed segments away.",
        AuditTrouble.RecordsMissing => "The operator can put the segments back, or go on with the loss on record: sfw audit resume",
        AuditTrouble.ClockBehind => "The operator can correct the clock, wait until it has caught up, or go on with the step on record: sfw audit resume",
        _ => "The operator can free disk space, or correct the owner of the home's audit folder.",
    };
}
