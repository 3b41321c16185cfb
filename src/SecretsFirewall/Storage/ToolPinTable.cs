using SecretsFirewall.Pins;

namespace SecretsFirewall.Storage;

/// <summary>The pins' rows.</summary>
internal sealed class ToolPinTable(SqliteSession session) : IToolPinStore
{
    public IReadOnlyList<ToolPin>? Load()
    {
        List<ToolPin>? pins = null;
        var done = session.TryRun(connection => pins = connection.Query(
            "SELECT destination, tool, hash, pending, description, seen_ms FROM tool_pins ORDER BY seen_ms",
            static row => new ToolPin(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3) != 0, row.GetString(4), row.GetTime(5))));
        return done ? pins : null;
    }

    public bool Save(IReadOnlyList<ToolPin> pins) => session.TryWrite((connection, transaction) =>
    {
        foreach (var pin in pins)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO tool_pins (destination, tool, hash, pending, description, seen_ms) VALUES ($destination, $tool, $hash, $pending, $description, $seen)",
                transaction,
                ("$destination", pin.Destination),
                ("$tool", pin.Tool),
                ("$hash", pin.Hash),
                ("$pending", pin.IsPending ? 1L : 0L),
                ("$description", pin.Description),
                ("$seen", pin.SeenAt.ToUnixTimeMilliseconds()));
        }
    });

    public bool Delete(string destination, string? tool) => session.TryWrite((connection, transaction) => connection.Execute(
        "DELETE FROM tool_pins WHERE destination = $destination AND (tool = $tool OR $tool IS NULL)",
        transaction,
        ("$destination", destination),
        ("$tool", tool)));
}
