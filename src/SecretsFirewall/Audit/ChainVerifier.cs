using System.Text;


namespace SecretsFirewall.Audit;

/// <summary>
/// Checks a chain from its first segment to its last, in one pass: every line's spelling and hash, every number, every link; every checkpoint
/// against the records before it and against its key; removed segments against the signed records that stand for them; and the end against
/// what is known from elsewhere. It stops at the first break, and then looks through the chain once more to say what was done.
/// </summary>
/// <param name="each">Sees each good record, valid until it returns.</param>
internal sealed class ChainVerifier(ChainTrust trust, Action<ChainLine>? each = null) : IDisposable
{
    private readonly ChainLine _line = new();
    private readonly CanonicalJsonWriter _scratch = new();
    private readonly AuditLineWriter _writer = new();
    private readonly Dictionary<string, CheckpointKey> _claimed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CheckpointKey> _trusted = trust.Keys.ToDictionary(static key => key.Id, StringComparer.Ordinal);
    private readonly byte[] _last = Encoding.ASCII.GetBytes(AuditChain.Start);
    private readonly List<(AuditRemoval Removal, long Sequence)> _removals = [];

    private AuditVerification _state = new(0, 0, 0, AuditChain.Start, null);
    private string _before = AuditChain.Start;
    private AuditBreak? _firstLine;
    private AuditBreak? _lastLine;
    private AuditBreak? _untrusted;
    private bool _endsAtCheckpoint;
    private long _checkpointed;

    /// <param name="progress">Told how many bytes were read since it was last told.</param>
    public AuditVerification Verify(IReadOnlyList<ChainSegment> segments, Action<long>? progress = null)
    {
        foreach (var segment in segments)
        {
            using var reader = new AuditLineReader(segment.Open());
            var told = 0L;
            for (var offset = 0L; reader.TryRead(out var line); offset = reader.Offset)
            {
                if (Next(line) is var reason and not AuditBreakReason.None)
                {
                    return Broken(new AuditBreak(segment.Name, reader.Lines, offset, new ChainSuspicion(_state.LastSequence + 1, _line, reason).Explain(segments, segment.Name, offset)));
                }

                _lastLine = new AuditBreak(segment.Name, reader.Lines, offset, AuditBreakReason.None);
                _firstLine ??= _lastLine;
                if (reader.Offset - told > 1 << 20)
                {
                    progress?.Invoke(reader.Offset - told);
                    told = reader.Offset;
                }
            }

            progress?.Invoke(reader.Offset - told);
            if (reader.HasUnfinished)
            {
                return Broken(new AuditBreak(segment.Name, reader.Lines + 1, reader.Offset, AuditBreakReason.Unfinished));
            }
        }

        return Finish();
    }

    /// <summary>A key that was trusted, or that the chain vouches for by one that was.</summary>
    public CheckpointKey? Trusted(string id) => _trusted.GetValueOrDefault(id);

    public void Dispose()
    {
        _scratch.Dispose();
        _writer.Dispose();
    }

    private AuditVerification Broken(AuditBreak at) => Result() with { Break = at };

    private AuditVerification Result() => _state with { LastHash = Encoding.ASCII.GetString(_last) };

    private AuditBreakReason Next(ReadOnlyMemory<byte> line)
    {
        if (_line.Read(line) is var unreadable and not AuditBreakReason.None)
        {
            return unreadable;
        }

        var isFirst = _state.Records == 0;
        if (!isFirst && _line.Sequence != _state.LastSequence + 1)
        {
            return AuditBreakReason.Deleted; // or another one: the second look says
        }

        if ((!isFirst || _line.Sequence == 1) && !_line.Previous.Span.SequenceEqual(_last))
        {
            return AuditBreakReason.Edited;
        }

        if (trust.Known.TryGetValue(_line.Sequence, out var known) && !_line.Hash.Span.SequenceEqual(Encoding.ASCII.GetBytes(known)))
        {
            return AuditBreakReason.Rewritten;
        }

        if (isFirst)
        {
            _state = _state with { FirstSequence = _line.Sequence };
            _before = Encoding.ASCII.GetString(_line.Previous.Span);
        }

        if (OwnRecord() is var wrong and not AuditBreakReason.None)
        {
            return wrong;
        }

        _state = _state with { Records = _state.Records + 1, LastSequence = _line.Sequence };
        _line.Hash.Span.CopyTo(_last);
        each?.Invoke(_line);
        return AuditBreakReason.None;
    }

    // What the log says of itself.
    private AuditBreakReason OwnRecord()
    {
        var type = _line.Type.Span;
        _endsAtCheckpoint = type.SequenceEqual("checkpoint"u8);
        if (!_endsAtCheckpoint && !type.SequenceEqual("audit_key"u8) && !type.SequenceEqual("removed"u8))
        {
            return AuditBreakReason.None;
        }

        if (AuditEntry.Read(_line.Line, _scratch, out var entry) is var unreadable and not AuditBreakReason.None)
        {
            return unreadable;
        }

        var record = entry!.Record;
        if (record.Removed is { } removed)
        {
            _removals.Add((removed, entry.Sequence));
        }

        return record.Checkpoint is not null || _endsAtCheckpoint ? Checkpoint(entry) : record.Key is { } key ? Key(key) : AuditBreakReason.None;
    }

    private AuditBreakReason Checkpoint(AuditEntry entry)
    {
        var spelt = entry.Record.Checkpoint is { } said ? new AuditRecord { Type = AuditTypes.Checkpoint, Checkpoint = said } : entry.Record;
        if (entry.Record.Checkpoint is not { } checkpoint
            || checkpoint.Sequence != entry.Sequence - 1
            || checkpoint.Hash != entry.Previous
            || checkpoint.Count < 1
            || checkpoint.First < 1
            || !_writer.Write(spelt, new ChainLink(entry.Sequence, entry.Timestamp, entry.Previous), out _).Span[..^1].SequenceEqual(_line.Line.Span))
        {
            return AuditBreakReason.WrongCheckpoint;
        }

        var isTrusted = _trusted.TryGetValue(checkpoint.Key, out var key);
        if (isTrusted || _claimed.TryGetValue(checkpoint.Key, out key))
        {
            if (!key!.Verify(AuditCheckpoint.Text(checkpoint.Sequence, checkpoint.Hash, checkpoint.Count, entry.Timestamp, checkpoint.Key), checkpoint.Signature))
            {
                return AuditBreakReason.BadSignature;
            }
        }

        _checkpointed = entry.Sequence;
        _untrusted = isTrusted ? null : _untrusted ?? _lastLine;
        _state = _state with
        {
            Checkpoints = _state.Checkpoints + 1,
            CheckpointAt = entry.Timestamp,
            SignedThrough = isTrusted ? entry.Sequence : _state.SignedThrough,
        };
        return AuditBreakReason.None;
    }

    // A key that a trusted one vouches for is trusted from here on; the others only show whether they sign what they say.
    private AuditBreakReason Key(AuditKey said)
    {
        var bytes = new byte[said.PublicKey.Length];
        if (!Convert.TryFromBase64String(said.PublicKey, bytes, out var length) || CheckpointKey.TryRead(bytes.AsSpan(0, length)) is not { } key || key.Id != said.Id)
        {
            return AuditBreakReason.BadSignature;
        }

        var byTrusted = said.By is { } trusted && _trusted.ContainsKey(trusted);
        var by = said.By is null ? null : _trusted.GetValueOrDefault(said.By) ?? _claimed.GetValueOrDefault(said.By);
        if (by is not null && !by.Verify(AuditKey.Text(by.Id, key.Id), said.Signature ?? ""))
        {
            return AuditBreakReason.BadSignature;
        }

        _claimed[key.Id] = key;
        if (byTrusted)
        {
            _trusted[key.Id] = key;
        }

        return AuditBreakReason.None;
    }

    private AuditVerification Finish()
    {
        var highest = trust.Known.Count == 0 ? 0 : trust.Known.Keys.Max();
        if (highest > _state.LastSequence)
        {
            return Broken((_lastLine ?? Nowhere) with { Reason = _endsAtCheckpoint ? AuditBreakReason.RolledBack : AuditBreakReason.Truncated });
        }

        if (_state.Records == 0)
        {
            return _state;
        }

        var covered = trust.Keys.Count > 0 ? _state.SignedThrough : _checkpointed;
        var removal = _removals.LastOrDefault(one => one.Removal.Through == _state.FirstSequence - 1 && one.Removal.Hash == _before && one.Sequence <= covered).Removal;
        if (_state.FirstSequence > 1 && !trust.MayBeginLate && removal is null)
        {
            return Broken(_firstLine! with { Reason = AuditBreakReason.MissingStart });
        }

        if (trust.Keys.Count > 0 && _state.SignedThrough == 0)
        {
            return Broken(_firstLine! with { Reason = AuditBreakReason.Unsigned });
        }

        return trust.Keys.Count > 0 && _untrusted is { } untrusted
            ? Broken(untrusted with { Reason = AuditBreakReason.UnknownKey })
            : Result() with { RemovedThrough = removal?.Through ?? 0 };
    }

    private static AuditBreak Nowhere { get; } = new("", 0, 0, AuditBreakReason.None);
}
