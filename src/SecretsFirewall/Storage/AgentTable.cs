using SecretsFirewall.Listener;

namespace SecretsFirewall.Storage;

/// <summary>The agents' rows.</summary>
internal sealed class AgentTable(SqliteSession session) : IAgentStore
{
    public IReadOnlyList<AgentRecord>? Load()
    {
        List<AgentRecord>? agents = null;
        var done = session.TryRun(connection => agents = connection.Query(
            "SELECT name, level, token_hash, created_ms FROM agents",
            static row => new AgentRecord(row.GetString(0), row.GetInt32(1), row.GetBlob(2), row.GetTime(3))));
        return done ? agents : null;
    }

    public bool Save(AgentRecord agent) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT INTO agents (name, level, token_hash, created_ms) VALUES ($name, $level, $hash, $created)",
        transaction,
        ("$name", agent.Name),
        ("$level", agent.Level),
        ("$hash", agent.TokenHash),
        ("$created", agent.CreatedAt.ToUnixTimeMilliseconds())));

    public bool Delete(string name) => session.TryWrite((connection, transaction) =>
    {
        connection.Execute("DELETE FROM agents WHERE name = $name", transaction, ("$name", name));
        connection.Execute("DELETE FROM kill_latches WHERE scope = 'agent' AND name = $name", transaction, ("$name", name));
        connection.Execute("DELETE FROM gate_unlocks WHERE agent = $name", transaction, ("$name", name));
    });
}
