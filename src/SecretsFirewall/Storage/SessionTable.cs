using System.Text.Json;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Storage;

/// <summary>What sessions have done.</summary>
internal sealed class SessionTable(SqliteSession session) : ISessionStore
{
    public IReadOnlyList<StoredSession>? Load()
    {
        List<string>? rows = null;
        if (!session.TryRun(connection => rows = connection.Query("SELECT state FROM agent_sessions", static row => row.GetString(0))))
        {
            return null;
        }

        try
        {
            return [.. rows!.Select(static row => JsonSerializer.Deserialize(row, SessionJson.Default.StoredSession)!)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool Save(SessionChanges changes) => session.TryWrite((connection, transaction) =>
    {
        foreach (var (agent, name) in changes.Ended)
        {
            connection.Execute("DELETE FROM agent_sessions WHERE agent = $agent AND ($name = '' OR name = $name)", transaction, ("$agent", agent), ("$name", name));
        }

        foreach (var one in changes.Written)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO agent_sessions (agent, name, state) VALUES ($agent, $name, $state)",
                transaction, ("$agent", one.Agent), ("$name", one.Name), ("$state", JsonSerializer.Serialize(one, SessionJson.Default.StoredSession)));
        }
    });
}
