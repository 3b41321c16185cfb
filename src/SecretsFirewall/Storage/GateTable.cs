using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Gates;

namespace SecretsFirewall.Storage;

/// <summary>What is open of the gate. What has ended stays until something is unlocked: whoever asks looks at the clock.</summary>
internal sealed class GateTable(SqliteSession session) : IGateStore
{
    private const string Tool = "tool";

    public IReadOnlyList<GateUnlock>? Load()
    {
        List<GateUnlock>? unlocks = null;
        var done = session.TryRun(connection => unlocks = connection.Query(
            "SELECT agent, scheme, name, port, until_ms, reason, said_by, unlocked_ms FROM gate_unlocks",
            static row => new GateUnlock(
                row.GetString(1) == Tool
                    ? new GateTarget(row.GetString(0), null, row.GetString(2))
                    : new GateTarget(row.GetString(0), new Destination(row.GetString(1), row.GetString(2), row.GetInt32(3)), null),
                row.GetTime(4),
                row.GetString(5),
                row.GetString(6),
                row.GetTime(7))));
        return done ? unlocks : null;
    }

    public bool Save(GateUnlock unlock) => session.TryWrite((connection, transaction) =>
    {
        connection.Execute("DELETE FROM gate_unlocks WHERE until_ms <= $now", transaction, ("$now", unlock.UnlockedAt.ToUnixTimeMilliseconds()));
        var (scheme, name, port) = ColumnsOf(unlock.Target);
        connection.Execute(
            "INSERT OR REPLACE INTO gate_unlocks (agent, scheme, name, port, until_ms, reason, said_by, unlocked_ms) VALUES ($agent, $scheme, $name, $port, $until, $reason, $by, $unlocked)",
            transaction,
            ("$agent", unlock.Target.Agent),
            ("$scheme", scheme),
            ("$name", name),
            ("$port", port),
            ("$until", unlock.Until.ToUnixTimeMilliseconds()),
            ("$reason", unlock.Reason),
            ("$by", unlock.By),
            ("$unlocked", unlock.UnlockedAt.ToUnixTimeMilliseconds()));
    });

    public bool Delete(GateTarget target) => session.TryWrite((connection, transaction) =>
    {
        var (scheme, name, port) = ColumnsOf(target);
        connection.Execute(
            "DELETE FROM gate_unlocks WHERE agent = $agent AND scheme = $scheme AND name = $name AND port = $port",
            transaction,
            ("$agent", target.Agent),
            ("$scheme", scheme),
            ("$name", name),
            ("$port", port));
    });

    private static (string Scheme, string Name, long Port) ColumnsOf(GateTarget target) =>
        target.Destination is { } destination ? (destination.Scheme, destination.Host, destination.Port) : (Tool, target.Tool!, 0);
}
