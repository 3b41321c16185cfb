namespace SecretsFirewall.Audit;

/// <summary>The log's files: where it goes on, when the next one begins, and whether they are still there.</summary>
internal sealed partial class AuditLog
{
    private void Abandon()
    {
        _segment?.Dispose();
        _segment = null;
        _lookedAt = _time.GetTimestamp();
    }

    // One look at the folder for each record: a file that was deleted or cut takes what is written to it without a word.
    private bool IsInPlace()
    {
        _place ??= new FileInfo(_segment!.Name);
        _place.Refresh();
        return _place.Exists && (OperatingSystem.IsWindows() || _place.Length == _segment!.Position);
    }

    private bool IsFull(int bytes, DateTimeOffset now) =>
        _segment!.Position > 0 && (_segment.Position + bytes > _options.SegmentBytes || now - _segmentBegan >= _options.SegmentAge);

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
            _place = null;
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

    /// <param name="despiteLoss">Go on behind what is known, in a new segment, whatever is missing.</param>
    private bool TryOpenChain(bool despiteLoss = false)
    {
        try
        {
            if (Sequence > 0 && !despiteLoss && !(Directory.Exists(_options.Directory) && AuditSegments.List(_options.Directory).Count > 0))
            {
                return Missing(); // nothing is made in its place, so that the folder can be put back
            }

            var end = AuditChainEnd.Find(_options.Directory, _openSegment);
            var (last, hash) = (end.Last?.Sequence ?? 0, end.Last?.Hash ?? AuditChain.Start);
            if (last < Sequence || (last == Sequence && hash != _previous))
            {
                if (!despiteLoss)
                {
                    end.Segment.Dispose();
                    return Missing();
                }
            }
            else
            {
                (Sequence, _previous) = (last, hash);
            }

            TakeOver(end);
            if (despiteLoss && _segment!.Position > 0 && !TryRoll())
            {
                Abandon();
                Trouble = AuditTrouble.Unwritable;
                return false;
            }

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

    private bool Missing()
    {
        Trouble = AuditTrouble.RecordsMissing;
        _lookedAt = _time.GetTimestamp();
        return false;
    }

    private void TakeOver(AuditChainEnd end)
    {
        _segment = end.Segment;
        _place = null;
        _segmentNumber = end.SegmentNumber;
        _totalBytes = AuditSegments.TotalBytes(_options.Directory);
        _lastAt = end.Last?.Timestamp ?? DateTimeOffset.MinValue;
        _uncovered = end.Last is null or { Record.Type: AuditTypes.Checkpoint } ? 0 : 1; // any number but none: the next look signs it
        _first = AuditSegments.List(_options.Directory) is [var oldest, ..] && FirstOf(oldest) is { } first ? first.Sequence : 0;
        _segmentBegan = FirstOf(_segmentNumber)?.Timestamp ?? _time.GetUtcNow();
    }

    private AuditEntry? FirstOf(int number)
    {
        using var scratch = new CanonicalJsonWriter();
        using var reader = new AuditLineReader(AuditSegments.Path(_options.Directory, number));
        return reader.TryRead(out var line) && AuditEntry.Read(line, scratch, out var entry) == AuditBreakReason.None ? entry : null;
    }
}
