using System.Globalization;

namespace SecretsFirewall.Audit;

/// <summary>What the log says of itself: checkpoints, keys, removed segments, gaps.</summary>
internal sealed partial class AuditLog
{
    private static readonly TimeSpan KeepCheck = TimeSpan.FromMinutes(1);

    /// <summary>Signs what is new now, so that whoever reads the log next has it signed. False if there is something new and it could not be.</summary>
    public bool TryCheckpoint() => Change(() => !_disposed && (_segment is not null || TryOpenChain()) && Checkpoint());

    /// <summary>Signs what is new, and says where the log ends then; null if it could not.</summary>
    public AuditEnd? CheckpointAndEnd()
    {
        AuditEnd? end = null;
        Change(() =>
        {
            if (!_disposed && (_segment is not null || TryOpenChain()) && Checkpoint())
            {
                end = new AuditEnd(_segmentNumber, _segment!.Position);
            }

            return true;
        });
        return end;
    }

    /// <summary>Another key signs from the next checkpoint on. The one before vouches for it, where it can.</summary>
    /// <param name="signer">The log does not dispose of it, nor of the one before.</param>
    public bool TryRotate(CheckpointSigner signer) => Change(() =>
    {
        if (_disposed || !(_segment is not null || TryOpenChain()) || !Checkpoint())
        {
            return false;
        }

        Trouble = AppendLocked(new AuditRecord { Type = AuditTypes.Key, Key = KeyRecord(signer.Public, _signer) });
        _signer = Trouble == AuditTrouble.None ? signer : _signer;
        return Trouble == AuditTrouble.None && Checkpoint();
    });

    /// <summary>Goes on over missing records or a clock that stepped back, with a record that says so. False if there is no such trouble, or another one.</summary>
    public bool TryResume() => Change(() =>
    {
        var now = _time.GetUtcNow();
        var isMissing = Trouble == AuditTrouble.RecordsMissing;
        if (_disposed || !(isMissing || (_segment is not null && _lastAt > now + _options.ClockTolerance)))
        {
            return false;
        }

        var why = isMissing
            ? string.Create(CultureInfo.InvariantCulture, $"A person let the log go on behind record {Sequence}, though records up to it are missing.")
            : string.Create(CultureInfo.InvariantCulture, $"A person let the log go on, though the record before was written at {_lastAt:u}.");
        if (isMissing && !TryOpenChain(despiteLoss: true) && Trouble != AuditTrouble.ClockBehind)
        {
            return false;
        }

        _lastAt = now;
        Trouble = AppendLocked(new AuditRecord { Type = AuditTypes.Resumed, Detail = why });
        return Trouble == AuditTrouble.None && (_signer is null || Checkpoint());
    });

    private static AuditKey KeyRecord(CheckpointKey key, CheckpointSigner? by = null) => new(
        key.Id, Convert.ToBase64String(key.PublicKey), by?.Public.Id, by?.Sign(AuditKey.Text(by.Public.Id, key.Id)));

    private void CheckpointWhatIsNew() => Change(() =>
    {
        if (!_disposed && _segment is not null)
        {
            Checkpoint();
        }

        return true;
    });

    // True where there was nothing to sign, too.
    private bool Checkpoint()
    {
        if (_signer is null || _uncovered == 0 || _segment is null)
        {
            return _segment is not null;
        }

        var now = Max(_time.GetUtcNow(), _lastAt); // a checkpoint is not refused for the clock
        var count = Sequence - _first + 1;
        var signature = _signer.Sign(AuditCheckpoint.Text(Sequence, _previous, count, now, _signer.Public.Id));
        var checkpoint = new AuditCheckpoint(Sequence, _previous, count, _signer.Public.Id, signature);
        if (AppendAt(new AuditRecord { Type = AuditTypes.Checkpoint, Checkpoint = checkpoint }, now) != AuditTrouble.None)
        {
            return false;
        }

        _checkpointed?.Invoke(new AuditPosition(Sequence, _previous, _segmentNumber, now, checkpoint));
        return true;
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>First the record that says what goes, signed and on the disk; then it goes. A crash in between leaves more than was promised, never less.</summary>
    internal bool RemoveOld() => Change(() =>
    {
        try
        {
            return !_disposed && _segment is not null && RemoveOldSegments();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogWriteFailed(_logger, e.HResult);
            return false;
        }
    });

    private bool RemoveOldSegments()
    {
        var (numbers, last, why) = SegmentsToRemove();
        if (last is null || FirstOf(numbers[0]) is not { } first)
        {
            return false;
        }

        var removal = new AuditRemoval(first.Sequence, last.Sequence, last.Hash, numbers.Count, why);
        _first = last.Sequence + 1;
        if (AppendLocked(new AuditRecord { Type = AuditTypes.Removed, Removed = removal }) != AuditTrouble.None || !Checkpoint() || !Sync())
        {
            _first = first.Sequence;
            return false;
        }

        foreach (var number in numbers)
        {
            AuditSegments.Delete(_options.Directory, number);
        }

        _totalBytes = AuditSegments.TotalBytes(_options.Directory);
        LogRemoved(_logger, last.Sequence, why);
        return true;
    }

    private (List<int> Numbers, AuditEntry? Last, string Why) SegmentsToRemove()
    {
        var total = AuditSegments.TotalBytes(_options.Directory);
        var oldest = _time.GetUtcNow() - _options.Keep;
        var (numbers, last, why) = (new List<int>(), (AuditEntry?)null, "");
        foreach (var number in AuditSegments.List(_options.Directory).Where(number => number < _segmentNumber))
        {
            using var segment = new FileStream(AuditSegments.Path(_options.Directory, number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var tail = AuditTail.Find(segment);
            var isOld = _options.Keep > TimeSpan.Zero && tail.Last?.Timestamp < oldest;
            var isTooMuch = _options.KeepBytes > 0 && total > _options.KeepBytes;
            if (tail.Last is null || !(isOld || isTooMuch))
            {
                break;
            }

            numbers.Add(number);
            (last, why) = (tail.Last, isOld ? "audit.keep" : "audit.keep_bytes");
            total -= segment.Length;
        }

        return (numbers, last, why);
    }
}
