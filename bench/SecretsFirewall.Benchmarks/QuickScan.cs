using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Benchmarks;

/// <summary>
/// The ratios to <c>copy</c> in half a minute: every figure is taken in each round, interleaved with its floor; medians over the rounds
/// of the processor time, which other processes of the machine disturb least.
/// </summary>
internal static class QuickScan
{
    private const int Rounds = 9;

    private static readonly int[] Sizes = [10, 1_000, 10_000, 100_000];

    public static void Run(TextWriter output)
    {
        var bodies = LlmBodies.Create(32 << 20);
        var megabytes = bodies.Sum(body => (double)body.Length) / 1e6;
        var work = new Work(bodies);
        output.WriteLine($"{bodies.Count} bodies, {megabytes:F1} MB; one core; processor time, medians of {Rounds} interleaved rounds");
        output.WriteLine();
        output.WriteLine("| secrets | forms | build ms | bytes kept per form |");
        output.WriteLine("|---|---|---|---|");
        var snapshots = Sizes.Select(size => Build(size, output)).ToArray();

        var measured = new List<(string Name, Action Run, List<double> Seconds)> { ("copy", () => work.Copy(), []) };
        measured.Add(("find, no secrets", () => work.Find(DetectionSnapshot.Empty), []));
        foreach (var (size, snapshot) in Sizes.Zip(snapshots))
        {
            measured.Add(($"find, {size:N0} secrets", () => work.Find(snapshot), []));
            measured.Add(($"stream 16 KB, {size:N0}", () => work.Stream(snapshot, 16 * 1024), []));
            measured.Add(($"stream 4 KB, {size:N0}", () => work.Stream(snapshot, 4 * 1024), []));
        }

        for (var round = -2; round < Rounds; round++)
        {
            foreach (var (_, run, seconds) in measured)
            {
                var start = Environment.CpuUsage.TotalTime;
                run();
                var elapsed = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
                if (round >= 0)
                {
                    seconds.Add(elapsed);
                }
            }
        }

        output.WriteLine();
        output.WriteLine("| | MB/s | ratio to copy |");
        output.WriteLine("|---|---|---|");
        var floor = Median(measured[0].Seconds);
        foreach (var (name, _, seconds) in measured)
        {
            output.WriteLine($"| {name} | {megabytes / Median(seconds):N0} | {floor / Median(seconds):F3} |");
        }
    }

    private static DetectionSnapshot Build(int size, TextWriter output)
    {
        List<RegisteredValue> values = [.. Registries.Values(size)];
        DetectionSnapshot.Build([.. Registries.Values(10)], new byte[32]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Environment.CpuUsage.TotalTime;
        var snapshot = DetectionSnapshot.Build(values, new byte[32]);
        var elapsed = Environment.CpuUsage.TotalTime - start;
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"| {size:N0} | {snapshot.FormCount:N0} | {elapsed.TotalMilliseconds:N0} | {kept / (double)snapshot.FormCount:N0} |");
        return snapshot;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
