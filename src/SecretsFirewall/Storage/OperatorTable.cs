using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Storage;

/// <summary>Admin tokens by their hash, and overrides.</summary>
internal sealed class OperatorTable(SqliteSession session) : IOperatorStore
{
    public IReadOnlyList<OperatorRecord>? Load()
    {
        List<OperatorRecord>? rows = null;
        return session.TryRun(connection => rows = connection.Query(
            "SELECT name, role, token_hash, created_ms FROM admin_tokens",
            static row => new OperatorRecord(row.GetString(0), ApproverRoles.Parse(row.GetString(1)), row.GetBlob(2), row.GetTime(3)))) ? rows : null;
    }

    public bool Save(OperatorRecord record) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT INTO admin_tokens (name, role, token_hash, created_ms) VALUES ($name, $role, $hash, $created)",
        transaction,
        ("$name", record.Name), ("$role", record.Role.Word()), ("$hash", record.TokenHash), ("$created", record.CreatedAt.ToUnixTimeMilliseconds())));

    public bool Delete(string name) => session.TryWrite((connection, transaction) => connection.Execute(
        "DELETE FROM admin_tokens WHERE name = $name", transaction, ("$name", name)));

    public IReadOnlyList<PolicyOverride>? LoadOverrides()
    {
        List<PolicyOverride>? rows = null;
        return session.TryRun(connection => rows = connection.Query(
            "SELECT id, agent, rule, host, code, justification, made_by, created_ms, until_ms, ended_ms FROM overrides ORDER BY id",
            static row => new PolicyOverride(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetStringOrNull(3), row.GetString(4), row.GetString(5), row.GetString(6),
                row.GetTime(7), row.GetTime(8), row.GetTimeOrNull(9)))) ? rows : null;
    }

    public bool Save(PolicyOverride made) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT OR REPLACE INTO overrides (id, agent, rule, host, code, justification, made_by, created_ms, until_ms, ended_ms) VALUES ($id, $agent, $rule, $host, $code, $justification, $by, $created, $until, $ended)",
        transaction,
        ("$id", made.Id), ("$agent", made.Agent), ("$rule", made.Rule), ("$host", made.Host), ("$code", made.Code), ("$justification", made.Justification),
        ("$by", made.MadeBy), ("$created", made.CreatedAt.ToUnixTimeMilliseconds()), ("$until", made.Until.ToUnixTimeMilliseconds()), ("$ended", made.EndedAt?.ToUnixTimeMilliseconds())));
}
