using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Audit;

/// <summary>
/// Writes the audit chain: one lock, one write to the kernel per record, nothing in between. A record that could not be handed over whole
/// is taken back, so that the chain on disk never holds half a line; if even that fails the segment is opened anew, with repair. Every
/// refused append looks again (at most once a second) whether the trouble is over. Where a key signs, a checkpoint follows every so many
/// records and every so often. A log that holds less than it did takes nothing until the records are back, or a person goes on over the gap.
/// </summary>
internal sealed partial class AuditLog : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly AuditOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<string, FileStream> _openSegment;
    private readonly AuditLineWriter _writer = new();
    private readonly ITimer? _syncTimer;
    private readonly Lock _lock = new();
    private readonly Action<AuditPosition>? _checkpointed;
    private readonly ITimer? _checkpointTimer;
    private readonly ITimer? _keepTimer;

    // Written, and not told to who counts: that is done outside of the lock.
    private readonly List<AuditRecord> _untold = [];

    private CheckpointSigner? _signer;
    private AuditKey? _keyToRecord;
    private FileStream? _segment;
    private FileInfo? _place;
    private int _segmentNumber;
    private DateTimeOffset _segmentBegan;
    private long _first;
    private long _uncovered;
    private DateTimeOffset _lastAt = DateTimeOffset.MinValue;
    private long _totalBytes;
    private string _previous = AuditChain.Start;
    private bool _unsynced;
    private bool _disposed;
    private long _lookedAt;

    private AuditLog(AuditOptions options, TimeProvider time, ILogger logger, Func<string, FileStream> openSegment, AuditSigning? signing)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _openSegment = openSegment;
        if (options.Durability == AuditDurability.Batch)
        {
            _syncTimer = time.CreateTimer(_ => SyncBatch(), null, options.BatchInterval, options.BatchInterval);
        }

        if (options.Keep > TimeSpan.Zero || options.KeepBytes > 0)
        {
            _keepTimer = time.CreateTimer(_ => RemoveOld(), null, KeepCheck, KeepCheck);
        }

        if (signing is null)
        {
            return;
        }

        _signer = signing.Signer;
        _keyToRecord = KeyRecord(signing.Signer.Public);
        _checkpointed = signing.Checkpointed;
        if (signing.Mark is { } mark)
        {
            (Sequence, _previous) = (mark.Sequence, mark.Hash);
        }

        _checkpointTimer = time.CreateTimer(_ => CheckpointWhatIsNew(), null, options.CheckpointInterval, options.CheckpointInterval);
    }

    /// <summary>After <see cref="Trouble"/> changed; under no lock.</summary>
    public event Action? TroubleChanged;

    /// <summary>
    /// After a record was taken, the log's own ones too; under no lock, on the thread that brought it, each once. Handlers count, and nothing more. What
    /// the log wrote while it was opened is told with what comes next.
    /// </summary>
    public event Action<AuditRecord>? Recorded;

    /// <summary>Look at it after <see cref="Open(AuditOptions, TimeProvider, ILogger, AuditSigning?)"/>: a log that cannot be written refuses every record, and keeps trying.</summary>
    public AuditTrouble Trouble { get; private set; }

    /// <summary>Of the last record.</summary>
    public long Sequence { get; private set; }

    /// <param name="signing">Null for a chain without checkpoints.</param>
    public static AuditLog Open(AuditOptions options, TimeProvider time, ILogger logger, AuditSigning? signing = null) =>
        Open(options, time, logger, AuditSegments.OpenForAppend, signing);

    /// <param name="openSegment">Tests bring files that fail.</param>
    internal static AuditLog Open(AuditOptions options, TimeProvider time, ILogger logger, Func<string, FileStream> openSegment, AuditSigning? signing = null)
    {
        var log = new AuditLog(options, time, logger, openSegment, signing);
        lock (log._lock)
        {
            log.TryOpenChain();
        }

        return log;
    }

    /// <summary>False if the record was not handed to the kernel (or, where the setting asks for it, not synced): the caller refuses. Thread-safe.</summary>
    public bool TryAppend(AuditRecord record)
    {
        AuditTrouble before, after;
        AuditRecord[] others;
        lock (_lock)
        {
            before = Trouble;
            if (_disposed || !(_segment is not null || ReadyToLookAgain() && TryOpenChain()))
            {
                return false;
            }

            Trouble = AppendLocked(record);
            after = Trouble;
            others = TakeUntold(except: after == AuditTrouble.None ? record : null);
        }

        Tell(others);
        if (before != after)
        {
            OnTroubleChanged(after);
        }

        if (after != AuditTrouble.None)
        {
            return false;
        }

        Recorded?.Invoke(record);
        return true;
    }

    public void Dispose()
    {
        _syncTimer?.Dispose();
        _checkpointTimer?.Dispose();
        _keepTimer?.Dispose();
        AuditRecord[] untold;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            Checkpoint();
            _disposed = true;
            Sync();
            _segment?.Dispose();
            _writer.Dispose();
            untold = TakeUntold();
        }

        Tell(untold);
    }

    private AuditTrouble AppendLocked(AuditRecord record)
    {
        var now = _time.GetUtcNow();
        if (_lastAt > now + _options.ClockTolerance)
        {
            return AuditTrouble.ClockBehind;
        }

        if (_keyToRecord is { } key && record.Type is not (AuditTypes.Key or AuditTypes.Repaired))
        {
            if (AppendAt(new AuditRecord { Type = AuditTypes.Key, Key = key }, now) is var unable and not AuditTrouble.None)
            {
                return unable;
            }

            _keyToRecord = null;
        }

        var trouble = AppendAt(record, now);
        if (trouble == AuditTrouble.None && _uncovered >= _options.CheckpointRecords)
        {
            Checkpoint(); // the record stands; a checkpoint that failed is tried again behind the next
        }

        return trouble;
    }

    private AuditTrouble AppendAt(AuditRecord record, DateTimeOffset now)
    {
        var line = _writer.Write(record, new ChainLink(Sequence + 1, now, _previous), out var hash);
        var reserve = MayUseReserve(record) ? 0 : _options.OutcomeReserveBytes;
        if (_totalBytes + line.Length + reserve > _options.TotalBytes && !HasRoomAfterAll(line.Length + reserve))
        {
            return AuditTrouble.CapReached;
        }

        if (!IsInPlace())
        {
            Abandon();
            return AuditTrouble.RecordsMissing;
        }

        if (IsFull(line.Length, now) && !TryRoll())
        {
            return AuditTrouble.Unwritable;
        }

        var isFirst = _segment!.Position == 0;
        if (!TryWrite(line.Span))
        {
            return AuditTrouble.Unwritable;
        }

        Sequence++;
        _previous = hash;
        _totalBytes += line.Length;
        _unsynced = true;
        _lastAt = now;
        _uncovered = record.Type == AuditTypes.Checkpoint ? 0 : _uncovered + 1;
        _segmentBegan = isFirst ? now : _segmentBegan;
        _first = _first == 0 ? Sequence : _first;
        if (_options.Durability == AuditDurability.Intent && record.Type is (AuditTypes.Intent or AuditTypes.TunnelOpened) && !Sync())
        {
            return AuditTrouble.Unwritable;
        }

        _untold.Add(record);
        return AuditTrouble.None;
    }

    /// <param name="except">Told by whoever brought it: most often it is the only one, and nothing is allocated.</param>
    private AuditRecord[] TakeUntold(AuditRecord? except = null)
    {
        if (except is not null)
        {
            _untold.RemoveAt(_untold.FindLastIndex(record => ReferenceEquals(record, except)));
        }

        if (_untold.Count == 0)
        {
            return [];
        }

        AuditRecord[] untold = [.. _untold];
        _untold.Clear();
        return untold;
    }

    private void Tell(AuditRecord[] records)
    {
        foreach (var record in records)
        {
            Recorded?.Invoke(record);
        }
    }

    // What follows a record of intent, and what keeps the chain whole. Who is refused at once has no claim to it.
    private static bool MayUseReserve(AuditRecord record) =>
        record.FollowsIntent || record.Type is AuditTypes.TunnelClosed or AuditTypes.Repaired or AuditTypes.Checkpoint or AuditTypes.Removed or AuditTypes.Key;

    // The one write. What a failed one left behind is taken back.
    private bool TryWrite(ReadOnlySpan<byte> line)
    {
        var end = _segment!.Position;
        try
        {
            _segment.Write(line);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            LogWriteFailed(_logger, e.HResult); // the last one is EFBIG: a limit on the size of files
        }

        try
        {
            _segment.SetLength(end);
            _segment.Position = end;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Abandon();
        }

        return false;
    }

    // After a failed sync the kernel may have dropped what it had taken: only the file says what is there.
    private bool Sync()
    {
        if (_segment is null || !_unsynced)
        {
            return _segment is not null;
        }

        try
        {
            _segment.Flush(flushToDisk: true);
            _unsynced = false;
            return true;
        }
        catch (IOException e)
        {
            LogWriteFailed(_logger, e.HResult);
            Abandon();
            return false;
        }
    }

    private void SyncBatch() => Change(() =>
    {
        if (!_disposed && _segment is not null && !Sync())
        {
            Trouble = AuditTrouble.Unwritable;
        }

        return true;
    });

    // Under the lock; who listens for trouble is told outside of it.
    private bool Change(Func<bool> change)
    {
        AuditTrouble before, after;
        AuditRecord[] untold;
        bool done;
        lock (_lock)
        {
            before = Trouble;
            done = change();
            after = Trouble;
            untold = TakeUntold();
        }

        Tell(untold);
        if (before != after)
        {
            OnTroubleChanged(after);
        }

        return done;
    }

    private void OnTroubleChanged(AuditTrouble now)
    {
        if (now == AuditTrouble.None)
        {
            LogRecovered(_logger);
        }
        else
        {
            LogRefusing(_logger, now);
        }

        TroubleChanged?.Invoke();
    }

    [LoggerMessage(3200, LogLevel.Error, "The audit log takes no records: {Trouble}. Nothing is forwarded until it does.")]
    private static partial void LogRefusing(ILogger logger, AuditTrouble trouble);

    [LoggerMessage(3201, LogLevel.Warning, "The audit log takes records again.")]
    private static partial void LogRecovered(ILogger logger);

    [LoggerMessage(3202, LogLevel.Error, "Writing the audit log failed: error {Code}.")]
    private static partial void LogWriteFailed(ILogger logger, int code);

    [LoggerMessage(3204, LogLevel.Warning, "Audit records up to {Through} were removed: {Why}")]
    private static partial void LogRemoved(ILogger logger, long through, string why);

    [LoggerMessage(3203, LogLevel.Warning, "Audit log repaired: {Detail}")]
    private static partial void LogRepaired(ILogger logger, string detail);
}
