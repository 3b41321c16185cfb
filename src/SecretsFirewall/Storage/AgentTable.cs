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
        connection.Execute("DELETE FROM kills WHERE agent = $name", transaction, ("$name", name));
    });

    public IReadOnlyList<AgentKill>? LoadKills()
    {
        List<AgentKill>? kills = null;
        var done = session.TryRun(connection => kills = connection.Query(
            "SELECT agent, reason, killed_ms FROM kills", static row => new AgentKill(row.GetString(0), row.GetString(1), row.GetTime(2))));
        return done ? kills : null;
    }

    public bool SaveKill(AgentKill kill) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT OR REPLACE INTO kills (agent, reason, killed_ms) VALUES ($agent, $reason, $killed)",
        transaction,
        ("$agent", kill.Agent),
        ("$reason", kill.Reason),
        ("$killed", kill.KilledAt.ToUnixTimeMilliseconds())));

    public bool DeleteKill(string agent) => session.TryWrite((connection, transaction) =>
        connection.Execute("DELETE FROM kills WHERE agent = $agent", transaction, ("$agent", agent)));
}
