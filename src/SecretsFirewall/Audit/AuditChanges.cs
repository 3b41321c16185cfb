namespace SecretsFirewall.Audit;

/// <summary>Waits until the folder may hold something new.</summary>
internal sealed class AuditChanges : IDisposable
{
    private const int TicksAnyway = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly PeriodicTimer _timer;
    private readonly FileSystemWatcher? _watcher;
    private int _changed;

    public AuditChanges(string directory, TimeProvider time)
    {
        _timer = new PeriodicTimer(Tick, time);
        _watcher = Watch(directory);
    }

    /// <summary>Returns after a change, or after a second, and never earlier than the next tick; false never.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        for (var tick = 0; tick < TicksAnyway; tick++)
        {
            if (!await _timer.WaitForNextTickAsync(cancellation))
            {
                return false;
            }

            if (Interlocked.Exchange(ref _changed, 0) != 0)
            {
                return true;
            }
        }

        return true;
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _timer.Dispose();
    }

    // Null where the system has no watch left, or the folder is not there yet: the second's tick then does.
    private FileSystemWatcher? Watch(string directory)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(directory, AuditSegments.WatchPattern) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
            watcher.Changed += (_, _) => Volatile.Write(ref _changed, 1);
            watcher.Created += (_, _) => Volatile.Write(ref _changed, 1);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            watcher?.Dispose();
            return null;
        }
    }
}
