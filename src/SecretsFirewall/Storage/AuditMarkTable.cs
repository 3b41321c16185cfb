using SecretsFirewall.Audit;

namespace SecretsFirewall.Storage;

/// <summary>How far the audit log came: one row.</summary>
internal sealed class AuditMarkTable(SqliteSession session) : IAuditMarkStore
{
    public AuditMark? LoadMark(out bool done)
    {
        List<AuditMark>? rows = null;
        done = session.TryRun(connection => rows = connection.Query(
            "SELECT sequence, hash FROM audit_mark", static row => new AuditMark(row.GetInt64(0), row.GetString(1))));
        return rows is [var mark, ..] ? mark : null;
    }

    public bool SaveMark(AuditMark mark) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT OR REPLACE INTO audit_mark (id, sequence, hash) VALUES (1, $sequence, $hash)",
        transaction,
        ("$sequence", mark.Sequence),
        ("$hash", mark.Hash)));
}
