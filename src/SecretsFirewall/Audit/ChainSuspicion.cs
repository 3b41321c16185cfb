using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>A record that does not continue the chain, and what was done to it: found by a second look at the numbers before and behind.</summary>
internal sealed class ChainSuspicion
{
    private readonly long _expected;
    private readonly long _found;
    private readonly string _hash;
    private readonly AuditBreakReason _reason;

    public ChainSuspicion(long expected, ChainLine line, AuditBreakReason reason)
    {
        _expected = expected;
        _found = line.Sequence;
        _hash = Encoding.ASCII.GetString(line.Hash.Span);
        _reason = reason;
    }

    /// <param name="segment">Where the record stands.</param>
    public AuditBreakReason Explain(IReadOnlyList<ChainSegment> segments, string segment, long offset)
    {
        if (_reason is not (AuditBreakReason.Deleted or AuditBreakReason.Edited) || (_reason == AuditBreakReason.Edited && _found != _expected))
        {
            return _reason;
        }

        var (before, isTwin, expectedFollows) = Look(segments, segment, offset);
        if (_reason == AuditBreakReason.Edited)
        {
            return expectedFollows ? AuditBreakReason.Inserted : AuditBreakReason.Edited;
        }

        return _found > _expected
            ? expectedFollows ? AuditBreakReason.Reordered : AuditBreakReason.Deleted
            : isTwin ? AuditBreakReason.Duplicated : before ? AuditBreakReason.Inserted : AuditBreakReason.Reordered;
    }

    // Whether a record of this number stands before, whether it is this very one, and whether one of the expected number follows.
    private (bool Before, bool IsTwin, bool ExpectedFollows) Look(IReadOnlyList<ChainSegment> segments, string segment, long offset)
    {
        var line = new ChainLine();
        var (before, isTwin, follows, isBehind) = (false, false, false, false);
        foreach (var one in segments)
        {
            using var reader = new AuditLineReader(one.Open());
            for (var at = 0L; reader.TryRead(out var bytes); at = reader.Offset)
            {
                if (one.Name == segment && at == offset)
                {
                    isBehind = true;
                    continue;
                }

                if (line.Read(bytes) == AuditBreakReason.NotARecord)
                {
                    continue;
                }

                before |= !isBehind && line.Sequence == _found;
                isTwin |= !isBehind && line.Sequence == _found && line.Hash.Span.SequenceEqual(Encoding.ASCII.GetBytes(_hash));
                follows |= isBehind && line.Sequence == _expected;
            }
        }

        return (before, isTwin, follows);
    }
}
