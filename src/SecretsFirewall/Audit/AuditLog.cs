using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Audit;

/// <summary>Why the log takes no records. While it takes none, nothing may be forwarded.</summary>
internal enum AuditTrouble
{
    None = 0,

    /// <summary><see cref="AuditOptions.TotalBytes"/> are used; move old segments away.</summary>
    CapReached,

    /// <summary>The disk is full, or the folder cannot be written.</summary>
    Unwritable,
}

/// <summary>
/// Writes the audit chain: one lock, one write to the kernel per record, nothing in between. A record that could not be handed over whole
/// is taken back, so that the chain on disk never holds half a line; if even that fails the segment is opened anew, with repair. Every
/// refused append looks again (at most once a second) whether the trouble is over.
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

    private FileStream? _segment;
    private int _segmentNumber;
    private long _totalBytes;
    private string _previous = AuditChain.Start;
    private bool _unsynced;
    private bool _disposed;
    private long _lookedAt;

    private AuditLog(AuditOptions options, TimeProvider time, ILogger logger, Func<string, FileStream> openSegment)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _openSegment = openSegment;
        if (options.Durability == AuditDurability.Batch)
        {
            _syncTimer = time.CreateTimer(_ => SyncBatch(), null, options.BatchInterval, options.BatchInterval);
        }
    }

    /// <summary>After <see cref="Trouble"/> changed; under no lock.</summary>
    public event Action? TroubleChanged;

    /// <summary>After a record was taken; under no lock, on the thread that brought it. Handlers count, and nothing more.</summary>
    public event Action<AuditRecord>? Recorded;

    /// <summary>Look at it after <see cref="Open(AuditOptions, TimeProvider, ILogger)"/>: a log that cannot be written refuses every record, and keeps trying.</summary>
    public AuditTrouble Trouble { get; private set; }

    /// <summary>Of the last record.</summary>
    public long Sequence { get; private set; }

    public static AuditLog Open(AuditOptions options, TimeProvider time, ILogger logger) =>
        Open(options, time, logger, AuditSegments.OpenForAppend);

    /// <param name="openSegment">Tests bring files that fail.</param>
    internal static AuditLog Open(AuditOptions options, TimeProvider time, ILogger logger, Func<string, FileStream> openSegment)
    {
        var log = new AuditLog(options, time, logger, openSegment);
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
        lock (_lock)
        {
            before = Trouble;
            if (_disposed || !(_segment is not null || ReadyToLookAgain() && TryOpenChain()))
            {
                return false;
            }

            Trouble = AppendLocked(record);
            after = Trouble;
        }

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
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            Sync();
            _segment?.Dispose();
            _writer.Dispose();
        }
    }

    private AuditTrouble AppendLocked(AuditRecord record)
    {
        var line = _writer.Write(record, new ChainLink(Sequence + 1, _time.GetUtcNow(), _previous), out var hash);
        var reserve = record.Type is AuditTypes.Outcome or AuditTypes.TunnelClosed or AuditTypes.Repaired ? 0 : _options.OutcomeReserveBytes;
        if (_totalBytes + line.Length + reserve > _options.TotalBytes && !HasRoomAfterAll(line.Length + reserve))
        {
            return AuditTrouble.CapReached;
        }

        if (_segment!.Position > 0 && _segment.Position + line.Length > _options.SegmentBytes && !TryRoll())
        {
            return AuditTrouble.Unwritable;
        }

        if (!TryWrite(line.Span))
        {
            return AuditTrouble.Unwritable;
        }

        Sequence++;
        _previous = hash;
        _totalBytes += line.Length;
        _unsynced = true;
        return _options.Durability == AuditDurability.Intent && record.Type is (AuditTypes.Intent or AuditTypes.TunnelOpened) && !Sync()
            ? AuditTrouble.Unwritable
            : AuditTrouble.None;
    }

    // The one write. What a failed one left behind is taken back.
    private bool TryWrite(ReadOnlySpan<byte> line)
    {
        var end = _segment!.Position;
        try
        {
            _segment.Write(line);
            return true;
        }
        catch (IOException e)
        {
            LogWriteFailed(_logger, e.HResult);
        }

        try
        {
            _segment.SetLength(end);
            _segment.Position = end;
        }
        catch (IOException)
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

    private void SyncBatch()
    {
        AuditTrouble before, after;
        lock (_lock)
        {
            before = Trouble;
            if (!_disposed && _segment is not null && !Sync())
            {
                Trouble = AuditTrouble.Unwritable;
            }

            after = Trouble;
        }

        if (before != after)
        {
            OnTroubleChanged(after);
        }
    }

    private void Abandon()
    {
        _segment?.Dispose();
        _segment = null;
        _lookedAt = _time.GetTimestamp();
    }

    private bool TryRoll()
    {
        try
        {
            if (_options.Durability != AuditDurability.Flush && !Sync())
            {
                return false;
            }

            var next = _openSegment(AuditSegments.Path(_options.Directory, _segmentNumber + 1));
            _segment?.Dispose();
            _segment = next;
            _segmentNumber++;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogWriteFailed(_logger, e.HResult);
            return false;
        }
    }

    private bool ReadyToLookAgain()
    {
        if (_time.GetElapsedTime(_lookedAt) < LookAgain)
        {
            return false;
        }

        _lookedAt = _time.GetTimestamp();
        return true;
    }

    private bool HasRoomAfterAll(long bytes)
    {
        if (!ReadyToLookAgain())
        {
            return false;
        }

        try
        {
            _totalBytes = AuditSegments.TotalBytes(_options.Directory);
            return _totalBytes + bytes <= _options.TotalBytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool TryOpenChain()
    {
        try
        {
            var end = AuditChainEnd.Find(_options.Directory, _openSegment);
            _segment = end.Segment;
            _segmentNumber = end.SegmentNumber;
            _totalBytes = AuditSegments.TotalBytes(_options.Directory);
            Sequence = end.Last?.Sequence ?? 0;
            _previous = end.Last?.Hash ?? AuditChain.Start;
            Trouble = AuditTrouble.None;
            foreach (var repair in end.Repairs)
            {
                Trouble = AppendLocked(new AuditRecord { Type = AuditTypes.Repaired, Detail = repair });
                LogRepaired(_logger, repair);
            }

            return Trouble == AuditTrouble.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogWriteFailed(_logger, e.HResult);
            Abandon();
            Trouble = AuditTrouble.Unwritable;
            return false;
        }
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

    [LoggerMessage(3203, LogLevel.Warning, "Audit log repaired: {Detail}")]
    private static partial void LogRepaired(ILogger logger, string detail);
}
