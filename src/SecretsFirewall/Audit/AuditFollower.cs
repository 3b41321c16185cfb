namespace SecretsFirewall.Audit;

/// <summary>A place in the chain that moves forward: over the end of a segment into the next one, once that exists.</summary>
internal sealed class AuditFollower(string directory, long afterSequence) : IDisposable
{
    private readonly CanonicalJsonWriter _scratch = new();
    private AuditLineReader? _reader;
    private int _number;
    private long _sequence = afterSequence;

    /// <summary>The next record; false if there is none yet.</summary>
    public bool TryRead(out AuditEntry? entry)
    {
        while (_reader is not null || TryMove())
        {
            // Asked before reading: whatever the segment gets, it gets before its successor exists.
            var hasSuccessor = NextNumber() is not null;
            while (_reader!.TryRead(out var line))
            {
                if (AuditEntry.Read(line, _scratch, out entry) == AuditBreakReason.None && entry!.Sequence > _sequence)
                {
                    _sequence = entry.Sequence;
                    return true;
                }
            }

            if (!hasSuccessor || !TryMove())
            {
                break;
            }
        }

        entry = null;
        return false;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _scratch.Dispose();
    }

    private bool TryMove()
    {
        if ((_reader is null ? FirstNumber() : NextNumber()) is not { } number)
        {
            return false;
        }

        try
        {
            var next = new AuditLineReader(AuditSegments.Path(directory, number));
            _reader?.Dispose();
            _reader = next;
            _number = number;
            return true;
        }
        catch (FileNotFoundException)
        {
            // Moved away in between.
            return false;
        }
    }

    private int? NextNumber() => Numbers().Where(n => n > _number).Cast<int?>().FirstOrDefault();

    // The newest segment that begins at or before the wanted record; the oldest if all begin later.
    private int? FirstNumber()
    {
        foreach (var number in Numbers().Reverse())
        {
            if (FirstSequence(number) is { } first && first <= _sequence + 1)
            {
                return number;
            }
        }

        return Numbers().Cast<int?>().FirstOrDefault();
    }

    private long? FirstSequence(int number)
    {
        using var reader = new AuditLineReader(AuditSegments.Path(directory, number));
        return reader.TryRead(out var line) && AuditEntry.Read(line, _scratch, out var entry) == AuditBreakReason.None ? entry!.Sequence : null;
    }

    private IReadOnlyList<int> Numbers() => Directory.Exists(directory) ? AuditSegments.List(directory) : [];
}
