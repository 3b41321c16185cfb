using System.Diagnostics;
using System.Text.Json;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules.Scanning;

namespace SecretsFirewall.Benchmarks;

/// <summary>The ratios to <c>copy</c> in about a minute: of ordinary bodies, and of hostile ones.</summary>
internal sealed class QuickScan(TextWriter output)
{
    private const int WarmUps = 8;

    private const int RoundCount = 9;

    // What a hostile body may cost, as a ratio to copy.
    private const double Floor = 0.02;

    private const int HostileSecrets = 1_000;

    private const int HostileBytes = 1 << 20;

    // By now all code is warm, but for what only these bodies reach.
    private const int HostileWarmUps = 25;

    private const int LiteralBytes = 256 << 10;

    private const int LiteralRounds = 3;

    private const int LiteralsShown = 3;

    private const string Copy = "copy";

    private static readonly int[] Sizes = [10, 1_000, 10_000, 100_000];

    private readonly SortedDictionary<string, double> _ratios = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<byte[]> _bodies = LlmBodies.Create(32 << 20);
    private long _bytes;

    /// <summary>What was measured, for programs: one object, name to ratio.</summary>
    public void WriteJson(TextWriter to) => to.WriteLine(JsonSerializer.Serialize(_ratios));

    public void Run()
    {
        _bytes = _bodies.Sum(body => (long)body.Length);
        output.WriteLine($"{_bodies.Count} bodies, {_bytes / 1e6:F1} MB; one core; processor time, medians of {RoundCount} interleaved rounds");
        output.WriteLine();
        BuildRules();
        output.WriteLine();
        output.WriteLine("| secrets | forms | build ms | bytes kept per form |");
        output.WriteLine("|---|---|---|---|");
        var snapshots = Sizes.Select(size => (size, Build(size))).ToArray();
        MeasureOrdinary(snapshots);
        MeasureHostile();
        MeasureLiterals();
    }

    private void BuildRules()
    {
        var start = Stopwatch.GetTimestamp();
        var rules = ShippedRules.Enabled;
        var loaded = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        _ = RuleScanner.For(rules);
        var matcher = Stopwatch.GetElapsedTime(start);
        output.WriteLine(
            $"{ShippedRules.Set.Rules.Length} rules, {rules.Count} of them on: loaded in {loaded.TotalMilliseconds:N0} ms, matcher {matcher.TotalMilliseconds:N0} ms, cold");
    }

    private DetectionSnapshot Build(int size)
    {
        List<RegisteredValue> values = [.. Registries.Values(size)];
        Registries.Snapshot(10, ShippedRules.Enabled);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Environment.CpuUsage.TotalTime;
        var snapshot = DetectionSnapshot.Build(values, new byte[32], ShippedRules.Enabled);
        var elapsed = Environment.CpuUsage.TotalTime - start;
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"| {size:N0} | {snapshot.FormCount:N0} | {elapsed.TotalMilliseconds:N0} | {kept / (double)snapshot.FormCount:N0} |");
        return snapshot;
    }

    private void MeasureOrdinary((int Size, DetectionSnapshot Snapshot)[] snapshots)
    {
        var work = new Work(_bodies);
        var rulesAlone = Registries.Snapshot(0, ShippedRules.Enabled);
        var rounds = new Rounds();
        AddCopy(rounds);
        rounds.Add("find, rules", () => Find(rulesAlone));
        foreach (var (size, snapshot) in snapshots)
        {
            rounds.Add($"find, rules + {size:N0} secrets", () => Find(snapshot));
            rounds.Add($"stream 16 KB, rules + {size:N0}", () => work.Stream(snapshot, 16 * 1024));
            rounds.Add($"stream 4 KB, rules + {size:N0}", () => work.Stream(snapshot, 4 * 1024));
        }

        long Find(DetectionSnapshot snapshot)
        {
            work.Find(snapshot);
            return _bytes;
        }

        WriteHead("ordinary bodies", "");
        var figures = rounds.Measure(WarmUps, RoundCount);
        foreach (var figure in figures)
        {
            Write(figure, figures[0], figure.Bytes < _bytes ? "**refused**" : "");
        }

        output.WriteLine();
        foreach (var kilobytes in new[] { 16, 4 })
        {
            using var chunks = new CleanChunks(snapshots[1].Snapshot, _bodies, kilobytes * 1024);
            output.WriteLine($"Allocated for a clean chunk of {kilobytes} KB: {chunks.AllocatedByOne():N1} bytes.");
        }
    }

    private void MeasureHostile()
    {
        var snapshot = Registries.Snapshot(HostileSecrets, ShippedRules.Set.Rules);
        var rounds = new Rounds();
        AddCopy(rounds);
        var bodies = HostileBodies.Create(HostileBytes).ToList();
        foreach (var (name, body) in bodies)
        {
            var work = new Work([body]);
            rounds.Add(name, () => work.Stream(snapshot, 16 * 1024));
        }

        WriteHead($"hostile bodies: stream 16 KB, all rules + {HostileSecrets:N0} secrets", "findings");
        var figures = rounds.Measure(HostileWarmUps, RoundCount);
        foreach (var (figure, (_, body)) in figures.Skip(1).Zip(bodies))
        {
            Write(figure, figures[0], Outcome(snapshot, figure, body));
        }
    }

    private void MeasureLiterals()
    {
        var snapshot = Registries.Snapshot(HostileSecrets, ShippedRules.Set.Rules);
        var rounds = new Rounds();
        AddCopy(rounds);
        var bodies = HostileBodies.OfLiterals(ShippedRules.Set, LiteralBytes).ToDictionary();
        foreach (var (name, body) in bodies)
        {
            var work = new Work([body]);
            rounds.Add(name, () => work.Stream(snapshot, 16 * 1024));
        }

        var figures = rounds.Measure(warmUps: 1, LiteralRounds);
        var slowest = figures.Skip(1).OrderBy(figure => figure.MegabytesPerSecond).ToList();
        var read = slowest.Where(figure => figure.Bytes == LiteralBytes).ToList();
        WriteHead($"{slowest.Count:N0} literals of all rules, repeated: the slowest, and the slowest that are read to their end", "findings");
        foreach (var figure in slowest.Take(LiteralsShown).Union(read.Take(LiteralsShown)))
        {
            Write(figure, figures[0], Outcome(snapshot, figure, bodies[figure.Name]));
        }

        var below = read.Count(figure => figure.RatioTo(figures[0]) < Floor);
        output.WriteLine();
        output.WriteLine($"{slowest.Count - read.Count:N0} are refused before their end; of the other {read.Count:N0}, {below:N0} are below the floor of {Floor}.");
    }

    /// <summary>The same floor for all: a body that is small enough for the cache is copied faster.</summary>
    private void AddCopy(Rounds rounds)
    {
        var work = new Work(_bodies);
        rounds.Add(Copy, () =>
        {
            work.Copy();
            return _bytes;
        });
    }

    private static string Outcome(DetectionSnapshot snapshot, Figure figure, byte[] body) =>
        figure.Bytes < body.Length ? $"refused after {figure.Bytes / 1024:N0} KB" : $"{new Work([body]).Find(snapshot):N0}";

    private void WriteHead(string what, string more)
    {
        output.WriteLine();
        output.WriteLine($"| {what} | MB/s | ratio to copy | {more} |");
        output.WriteLine("|---|---|---|---|");
    }

    private void Write(Figure figure, Figure floor, string more = "")
    {
        var ratio = figure.RatioTo(floor);
        _ratios[figure.Name] = Math.Round(ratio, 5);
        output.WriteLine($"| {figure.Name} | {figure.MegabytesPerSecond:N0} | {ratio:F4} | {more} |");
    }
}
