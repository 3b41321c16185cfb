namespace SecretsFirewall.Tests.Inspection;

/// <summary>Counts what is allocated, exactly.</summary>
internal static class Allocations
{
    private const int Runs = 5;

    /// <summary>
    /// Bytes that <paramref name="act"/> allocates on this thread: the least of a few runs, since the pool of buffers is shared with the tests that
    /// run at the same time, and one that they have emptied allocates.
    /// </summary>
    public static long Of(Action act)
    {
        var least = long.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            act();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
