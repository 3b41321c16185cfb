namespace SecretsFirewall.Audit;

/// <summary>How far the log is known to have come, kept outside of it: a log that ends before, or has another record there, lost records or was rolled back.</summary>
/// <param name="Hash">Of the record with this number.</param>
internal sealed record AuditMark(long Sequence, string Hash);

/// <summary>The port through which the mark is kept. It moves only after what it names is on the disk, so that a power cut cannot make it lie.</summary>
internal interface IAuditMarkStore
{
    /// <param name="done">False where it cannot be read.</param>
    AuditMark? LoadMark(out bool done);

    bool SaveMark(AuditMark mark);
}
