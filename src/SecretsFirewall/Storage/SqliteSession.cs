using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Storage;

/// <summary>The one connection. Callers take turns; each turn is one transaction that holds wholly or not at all.</summary>
internal sealed partial class SqliteSession(SqliteConnection connection, ILogger logger) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>False if SQLite refused; then nothing was changed.</summary>
    public bool TryWrite(Action<SqliteConnection, SqliteTransaction> change) => TryRun(open =>
    {
        using var transaction = open.BeginTransaction();
        change(open, transaction);
        transaction.Commit();
    });

    /// <summary>As <see cref="TryWrite"/> without a transaction of ours.</summary>
    public bool TryRun(Action<SqliteConnection> use)
    {
        lock (_lock)
        {
            try
            {
                use(connection);
                return true;
            }
            catch (SqliteException e)
            {
                LogRefused(logger, e.SqliteErrorCode, e.SqliteExtendedErrorCode);
                return false;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            connection.Dispose();
        }
    }

    [LoggerMessage(3103, LogLevel.Error, "SQLite refused: error {Code}, extended {Extended}.")]
    private static partial void LogRefused(ILogger logger, int code, int extended);
}
