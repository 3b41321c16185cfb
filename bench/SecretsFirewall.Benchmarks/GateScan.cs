using SecretsFirewall.Gate;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks;

/// <summary>
/// The reduced set that the build judges, each as processor time per byte by that of copying. Many short rounds, and of each figure one of the quickest:
/// whatever disturbs makes a round slower, never quicker, and among so many rounds each figure meets some that nobody disturbed.
/// </summary>
/// <param name="slowdown">Of everything but the floor, on purpose.</param>
internal sealed class GateScan(double slowdown)
{
    private const int BodyBytes = 4 << 20;

    // Then a round of the floor takes about as long as one of the others, and the clock is fine enough for both.
    private const int CopyRepeats = 16;

    private const int HostileBytes = 256 << 10;

    private const int WarmUps = 60;

    private const int RoundCount = 100;

    // The share of the rounds that are quicker than the one that counts: the very quickest may be a slip of the clock.
    private const double Quickest = 0.05;

    // Of the hostile bodies those that are as quick in one process as in the next: others are compiled now so, now so.
    private static readonly HashSet<string> SteadyBodies = ["`a1`", @"`\u0041`", "base64 image"];

    private readonly IReadOnlyList<byte[]> _bodies = LlmBodies.Create(BodyBytes);

    public Measurement Measure()
    {
        var bytes = _bodies.Sum(static body => (long)body.Length);
        var thousand = Registries.Snapshot(1_000, ShippedRules.Enabled);
        var tenThousand = Registries.Snapshot(10_000, ShippedRules.Enabled);
        var work = new Work(_bodies);
        var rounds = new Rounds(slowdown);
        rounds.AddFloor("copy", () => Copy(work, bytes));
        rounds.Add("find, 1,000 secrets", () =>
        {
            work.Find(thousand);
            return bytes;
        });
        rounds.Add("stream 16 KB, 1,000 secrets", () => work.Stream(thousand, 16 * 1024));
        rounds.Add("stream 4 KB, 1,000 secrets", () => work.Stream(thousand, 4 * 1024));
        rounds.Add("stream 16 KB, 10,000 secrets", () => work.Stream(tenThousand, 16 * 1024));
        foreach (var (name, body) in HostileBodies.Create(HostileBytes).Where(static hostile => SteadyBodies.Contains(hostile.Name)))
        {
            var hostile = new Work([body]);
            rounds.Add($"stream 16 KB, hostile: {name}", () => hostile.Stream(thousand, 16 * 1024));
        }

        var figures = rounds.Measure(WarmUps, RoundCount);
        var floor = SecondsPerByte(figures[0]);
        return new Measurement(
            figures.Skip(1).ToDictionary(static figure => figure.Name, figure => SecondsPerByte(figure) / floor),
            Allocated(thousand));
    }

    private static double SecondsPerByte(Figure figure) => figure.Seconds.Order().ElementAt((int)(figure.Seconds.Count * Quickest)) / figure.Bytes;

    private static long Copy(Work work, long bytes)
    {
        for (var i = 0; i < CopyRepeats; i++)
        {
            work.Copy();
        }

        return bytes * CopyRepeats;
    }

    private Dictionary<string, long> Allocated(DetectionSnapshot snapshot)
    {
        var allocated = new Dictionary<string, long>();
        foreach (var kilobytes in new[] { 16, 4 })
        {
            using var chunks = new CleanChunks(snapshot, _bodies, kilobytes * 1024);
            allocated[$"clean chunk of {kilobytes} KB"] = (long)Math.Ceiling(chunks.AllocatedByOne());
        }

        return allocated;
    }
}
