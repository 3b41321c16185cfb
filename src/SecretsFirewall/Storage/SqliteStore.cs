using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Listener;
using SecretsFirewall.Metering;
using SecretsFirewall.Pins;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Storage;

/// <summary>
/// One SQLite file in the home, owned by one process: WAL, mode 0600, one connection that callers take in turn, and one for what is counted all the time.
/// The first waits for the disk; the second hands what it writes to the kernel, as the audit does, and survives the end of this process. Opening checks the whole
/// file and upgrades an older schema after a copy (<c>firewall.db.v1.bak</c>); what cannot be opened is left exactly as it is.
/// </summary>
internal sealed partial class SqliteStore : IDisposable
{
    // "SFW1": tells our files from other programs' (PRAGMA application_id).
    private const int ApplicationId = 0x53465731;

    // The process owns the home; what may hold the file for a moment is a person with the sqlite3 shell. SQLite waits this long, and so does
    // the library above it, which would go on for 30 s by itself.
    private const int BusySeconds = 2;

    private readonly SqliteSession _session;

    private readonly SqliteSession _counting;

    private readonly ApprovalTable _approvals;

    private SqliteStore(SqliteSession session, SqliteSession counting)
    {
        _session = session;
        _counting = counting;
        Metering = new MeteringTables(counting);
        Sessions = new SessionTable(counting);
        Vault = new VaultTables(session);
        Agents = new AgentTable(session);
        Bundles = new BundleTable(session);
        Kills = new KillTable(session);
        Gates = new GateTable(session);
        ToolPins = new ToolPinTable(session);
        _approvals = new ApprovalTable(session);
        Operators = new OperatorTable(session);
        AuditMark = new AuditMarkTable(session);
    }

    public IVaultStore Vault { get; }

    public IAgentStore Agents { get; }

    public IBundleStore Bundles { get; }

    public IMeteringStore Metering { get; }

    public ISessionStore Sessions { get; }

    public IKillStore Kills { get; }

    public IGateStore Gates { get; }

    public IToolPinStore ToolPins { get; }

    public IApprovalStore Approvals => _approvals;

    public IOperatorStore Operators { get; }

    public IAuditMarkStore AuditMark { get; }

    public static SqliteStore? Open(string path, ILogger logger, out StoreError error) =>
        Open(path, logger, SchemaVersions.Scripts, out error);

    /// <param name="schema">The history to upgrade along; tests bring their own.</param>
    internal static SqliteStore? Open(string path, ILogger logger, IReadOnlyList<string> schema, out StoreError error)
    {
        if (!SqliteLibrary.TryLoad())
        {
            error = StoreError.NoLibrary;
            return null;
        }

        SqliteConnection? connection = null;
        SqliteConnection? counting = null;
        try
        {
            OwnerOnlyFile.CreateOrTighten(path);
            connection = Connection(path);
            Connect(connection);
            error = Check(connection, schema.Count, out var version);
            if (error == StoreError.None && version > 0 && version < schema.Count)
            {
                error = CopyTo(connection, $"{path}.v{version}.bak", replace: true) == StoreError.None ? StoreError.None : StoreError.CopyFailed;
            }

            if (error == StoreError.None)
            {
                error = Upgrade(connection, version, schema);
            }

            if (error == StoreError.None)
            {
                counting = Connection(path);
                Connect(counting);
                counting.Execute("PRAGMA synchronous = NORMAL");
            }
        }
        catch (SqliteException e)
        {
            LogSqlite(logger, e.SqliteErrorCode, e.Message);
            error = Classify(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = StoreError.Unreadable;
        }

        if (error != StoreError.None)
        {
            counting?.Dispose();
            connection?.Dispose();
            LogNotOpened(logger, error);
            return null;
        }

        LogOpened(logger, SqliteLibrary.Description, schema.Count);
        return new SqliteStore(new SqliteSession(connection!, logger), new SqliteSession(counting!, logger));
    }

    /// <summary>Writes a consistent copy to a new file of mode 0600, while the store is in use (SQLite online backup).</summary>
    public StoreError Backup(string path)
    {
        var error = StoreError.Unreadable;
        _session.TryRun(connection => error = CopyTo(connection, path, replace: false));
        return error;
    }

    public void Dispose()
    {
        _approvals.Dispose();
        _counting.Dispose();
        _session.Dispose();
    }

    private static SqliteConnection Connection(string path)
    {
        // No pool: a pooled connection would keep the file open after Dispose.
        var text = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        };
        return new SqliteConnection(text.ToString());
    }

    private static void Connect(SqliteConnection connection)
    {
        connection.Open();
        connection.Execute($"PRAGMA busy_timeout = {BusySeconds * 1000}");
    }

    private static StoreError Check(SqliteConnection connection, int newest, out int version)
    {
        version = (int)connection.Scalar<long>("PRAGMA user_version");
        var application = connection.Scalar<long>("PRAGMA application_id");
        var isEmpty = connection.Scalar<long>("SELECT count(*) FROM sqlite_schema") == 0;
        if (application != ApplicationId && !(isEmpty && application == 0 && version == 0))
        {
            return StoreError.NotOurs;
        }

        if (version > newest)
        {
            return StoreError.NewerSchema;
        }

        return connection.Scalar<string>("PRAGMA quick_check(1)") == "ok" ? StoreError.None : StoreError.Damaged;
    }

    private static StoreError Upgrade(SqliteConnection connection, int version, IReadOnlyList<string> schema)
    {
        // WAL survives in the file. FULL: a change that was reported as stored is on the disk.
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute("PRAGMA synchronous = FULL");
        if (version == schema.Count)
        {
            return StoreError.None;
        }

        try
        {
            using var transaction = connection.BeginTransaction();
            foreach (var script in schema.Skip(version))
            {
                connection.Execute(script, transaction);
            }

            connection.Execute($"PRAGMA application_id = {ApplicationId}", transaction);
            connection.Execute($"PRAGMA user_version = {schema.Count}", transaction);
            transaction.Commit();
            return StoreError.None;
        }
        catch (SqliteException e) when (Classify(e) is StoreError.Unreadable)
        {
            return StoreError.UpgradeFailed;
        }
    }

    private static StoreError CopyTo(SqliteConnection connection, string path, bool replace)
    {
        try
        {
            OwnerOnlyFile.Create(path, replace);
        }
        catch (IOException) when (!replace && File.Exists(path))
        {
            return StoreError.BackupExists;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StoreError.Unreadable;
        }

        try
        {
            using var copy = Connection(path);
            Connect(copy);
            connection.BackupDatabase(copy);
            return StoreError.None;
        }
        catch (SqliteException e)
        {
            // Half a copy must not be taken for one.
            File.Delete(path);
            return Classify(e);
        }
    }

    private static StoreError Classify(SqliteException e) => e.SqliteErrorCode switch
    {
        5 or 6 => StoreError.Busy,
        11 => StoreError.Damaged,
        13 => StoreError.Full,
        26 => StoreError.NotADatabase,
        _ => StoreError.Unreadable,
    };

    [LoggerMessage(3100, LogLevel.Information, "Store opened with SQLite {Library}, schema version {Version}.")]
    private static partial void LogOpened(ILogger logger, string library, int version);

    [LoggerMessage(3101, LogLevel.Error, "Store not opened: {Error}.")]
    private static partial void LogNotOpened(ILogger logger, StoreError error);

    [LoggerMessage(3102, LogLevel.Error, "SQLite error {Code}: {Message}")]
    private static partial void LogSqlite(ILogger logger, int code, string message);
}
