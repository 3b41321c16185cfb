namespace SecretsFirewall.Audit;

/// <summary>When a record is safe. The kernel keeps what it was handed when the process dies; only a sync survives a power cut.</summary>
internal enum AuditDurability
{
    /// <summary>Handed to the kernel: survives <c>kill -9</c>.</summary>
    Flush = 0,

    /// <summary>And synced to the disk within <see cref="AuditOptions.BatchInterval"/>.</summary>
    Batch,

    /// <summary>And every record of intent is on the disk before its exchange leaves.</summary>
    Intent,
}

/// <summary>Where the audit chain is written, and how much of it.</summary>
internal sealed record AuditOptions
{
    public required string Directory { get; init; }

    /// <summary>A segment is closed before it grows beyond this. 64 MiB: some 100,000 records, still opened by any tool.</summary>
    public long SegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>And before its first record is older than this: a day is what people look for.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>All segments together. When it is reached nothing more is recorded, and so nothing forwarded, until somebody moves segments away.</summary>
    public long TotalBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Kept back for the outcomes of exchanges whose intent was still recorded, and for the log's own repairs.</summary>
    public long OutcomeReserveBytes { get; init; } = 1024 * 1024;

    public AuditDurability Durability { get; init; } = AuditDurability.Flush;

    /// <summary>The longest that a record may wait for its sync with <see cref="AuditDurability.Batch"/>.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A checkpoint is signed after so many records. One costs some 100 µs.</summary>
    public int CheckpointRecords { get; init; } = 1000;

    /// <summary>And after this time, where there is anything new: what was cut off at the end shows up to then.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Closed segments are removed when their last record is older; zero keeps them.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.Zero;

    /// <summary>And while all together are larger; zero keeps them.</summary>
    public long KeepBytes { get; init; }

    /// <summary>How far the clock may stand before the last record. Time services correct by less; more would put records out of order.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromMinutes(1);
}
