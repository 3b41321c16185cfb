using Microsoft.Data.Sqlite;

namespace SecretsFirewall.Storage;

/// <summary>
/// Changes of many callers in one transaction: whoever has the turn writes for all who came meanwhile, so that one wait for the disk serves them together. Each
/// caller returns when its own change is on the disk. A transaction that fails has changed nothing for any of them.
/// </summary>
internal sealed class GroupedWrites(SqliteSession session)
{
    private readonly Lock _arrival = new();
    private readonly Lock _turn = new();
    private List<Change> _arrived = [];

    /// <summary>False if SQLite refused; then nothing was changed.</summary>
    public bool TryWrite(Action<SqliteConnection, SqliteTransaction> change)
    {
        var own = new Change(change);
        lock (_arrival)
        {
            _arrived.Add(own);
        }

        lock (_turn)
        {
            if (!own.IsOver)
            {
                WriteAll();
            }
        }

        return own.IsDone;
    }

    private void WriteAll()
    {
        List<Change> group;
        lock (_arrival)
        {
            (group, _arrived) = (_arrived, []);
        }

        var isDone = false;
        try
        {
            isDone = session.TryWrite((connection, transaction) =>
            {
                foreach (var one in group)
                {
                    one.Make(connection, transaction);
                }
            });
        }
        finally
        {
            foreach (var one in group)
            {
                (one.IsOver, one.IsDone) = (true, isDone);
            }
        }
    }

    private sealed class Change(Action<SqliteConnection, SqliteTransaction> make)
    {
        public Action<SqliteConnection, SqliteTransaction> Make => make;

        public bool IsOver { get; set; }

        public bool IsDone { get; set; }
    }
}
