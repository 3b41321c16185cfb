using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Storage;

/// <summary>What is stopped.</summary>
internal sealed class KillTable(SqliteSession session) : IKillStore
{
    public IReadOnlyList<Kill>? Load()
    {
        List<Kill?>? kills = null;
        var done = session.TryRun(connection => kills = connection.Query(
            "SELECT scope, name, subdomains, reason, said_by, killed_ms FROM kill_latches",
            static row => KillScopes.TryParse(row.GetString(0), out var scope)
                ? new Kill(scope, row.GetString(1), row.GetInt64(2) != 0, row.GetString(3), row.GetString(4), row.GetTime(5))
                : null));

        // What this version does not understand may stop what it would let go on.
        return done && !kills!.Contains(null) ? [.. kills.OfType<Kill>()] : null;
    }

    public bool Save(Kill kill) => session.TryWrite((connection, transaction) => connection.Execute(
        "INSERT OR REPLACE INTO kill_latches (scope, name, subdomains, reason, said_by, killed_ms) VALUES ($scope, $name, $subdomains, $reason, $by, $killed)",
        transaction,
        ("$scope", kill.Scope.Word()),
        ("$name", kill.Name),
        ("$subdomains", kill.Subdomains ? 1L : 0L),
        ("$reason", kill.Reason),
        ("$by", kill.By),
        ("$killed", kill.KilledAt.ToUnixTimeMilliseconds())));

    public bool Delete(KillScope scope, string name) => session.TryWrite((connection, transaction) => connection.Execute(
        "DELETE FROM kill_latches WHERE scope = $scope AND name = $name", transaction, ("$scope", scope.Word()), ("$name", name)));
}
