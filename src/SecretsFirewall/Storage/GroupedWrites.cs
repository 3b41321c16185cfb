using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace SecretsFirewall.Storage;

/// <summary>
/// Changes of many callers in one transaction: a thread of its own writes all that came while it waited for the disk, so that one wait serves them together, and no thread of
/// the proxy waits for it. A change is over when it is on the disk. A transaction that fails has changed nothing for any of them.
/// </summary>
internal sealed class GroupedWrites : IDisposable
{
    /// <summary>In one transaction: others take turns on the connection.</summary>
    private const int MostTogether = 256;

    private readonly SqliteSession _session;
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Thread _writer;

    public GroupedWrites(SqliteSession session)
    {
        _session = session;
        _writer = new Thread(Run) { IsBackground = true, Name = "sfw store" };
        _writer.Start();
    }

    /// <summary>False if SQLite refused; then nothing was changed.</summary>
    public Task<bool> WriteAsync(Action<SqliteConnection, SqliteTransaction> change)
    {
        var own = new Change(change);
        return _changes.Writer.TryWrite(own) ? own.Done.Task : Task.FromResult(false);
    }

    /// <summary>As <see cref="WriteAsync"/>, for who cannot do anything else meanwhile.</summary>
    public bool TryWrite(Action<SqliteConnection, SqliteTransaction> change) => WriteAsync(change).GetAwaiter().GetResult();

    /// <summary>What came until now is still written.</summary>
    public void Dispose()
    {
        _changes.Writer.TryComplete();
        _writer.Join();
    }

    private void Run()
    {
        var group = new List<Change>();
        while (_changes.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < MostTogether && _changes.Reader.TryRead(out var next))
            {
                group.Add(next);
            }

            Write(group);
        }
    }

    private void Write(List<Change> group)
    {
        var isDone = false;
        try
        {
            isDone = _session.TryWrite((connection, transaction) => group.ForEach(one => one.Make(connection, transaction)));
        }
        catch (Exception e) // a mistake in a change: each caller hears of it, and the thread goes on for the others
        {
            group.ForEach(one => one.Done.SetException(e));
            return;
        }

        group.ForEach(one => one.Done.SetResult(isDone));
    }

    private sealed record Change(Action<SqliteConnection, SqliteTransaction> Make)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
