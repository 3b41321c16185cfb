using System.Runtime.CompilerServices;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>Which records to show. What is null does not matter.</summary>
internal sealed record AuditFilter(string? Agent = null, string? Host = null, Verdict? Verdict = null, string? Exchange = null)
{
    public static AuditFilter All { get; } = new();

    public bool Matches(AuditRecord record) =>
        (Agent is null || record.Agent == Agent)
        && (Host is null || record.Destination?.Host == Host)
        && (Verdict is null || record.Verdict == Verdict)
        && (Exchange is null || record.Exchange == Exchange);
}

/// <summary>Reads the chain while it is written: shows, follows and checks it. Lines that are no record are passed over, except by <see cref="Verify"/>.</summary>
internal static class AuditReader
{
    /// <summary>Everything, in order.</summary>
    public static IEnumerable<AuditEntry> Read(string directory, AuditFilter? filter = null) =>
        Segments(directory).SelectMany(path => ReadSegment(path, filter ?? AuditFilter.All));

    /// <summary>The last <paramref name="count"/> records that match, oldest first.</summary>
    public static IReadOnlyList<AuditEntry> ReadLast(string directory, int count, AuditFilter? filter = null)
    {
        var found = new List<AuditEntry>();
        foreach (var path in Segments(directory).Reverse())
        {
            found.InsertRange(0, ReadSegment(path, filter ?? AuditFilter.All).TakeLast(count - found.Count));
            if (found.Count >= count)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The number of the last record; 0 if there is none.</summary>
    public static long LastSequence(string directory) => ReadLast(directory, 1) is [var last] ? last.Sequence : 0;

    /// <summary>
    /// Records after <paramref name="afterSequence"/> as they are written, over segments that roll, until cancelled. Looks when the folder says
    /// that something changed, at most ten times a second, and once a second anyway: some file systems never say.
    /// </summary>
    public static async IAsyncEnumerable<AuditEntry> FollowAsync(
        string directory, AuditFilter? filter, long afterSequence, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var changes = new AuditChanges(directory, time);
        using var follower = new AuditFollower(directory, afterSequence);
        do
        {
            while (follower.TryRead(out var entry))
            {
                if ((filter ?? AuditFilter.All).Matches(entry!.Record))
                {
                    yield return entry;
                }
            }
        }
        while (await changes.WaitAsync(cancellation));
    }

    /// <summary>Checks every hash and every link, without keys; stops at the first break. Older segments may have been moved away.</summary>
    public static AuditVerification Verify(string directory)
    {
        using var verifier = new ChainVerifier(new ChainTrust { MayBeginLate = true });
        return verifier.Verify([.. Segments(directory).Select(ChainSegment.Of)]);
    }

    internal static IEnumerable<string> Segments(string directory) =>
        Directory.Exists(directory) ? AuditSegments.List(directory).Select(number => AuditSegments.Path(directory, number)) : [];

    private static IEnumerable<AuditEntry> ReadSegment(string path, AuditFilter filter)
    {
        using var scratch = new CanonicalJsonWriter();
        using var reader = new AuditLineReader(path);
        while (reader.TryRead(out var line))
        {
            if (AuditEntry.Read(line, scratch, out var entry) == AuditBreakReason.None && filter.Matches(entry!.Record))
            {
                yield return entry;
            }
        }
    }
}
