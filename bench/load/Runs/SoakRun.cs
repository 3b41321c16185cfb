using System.Diagnostics;
using System.Globalization;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Report;
using SecretsFirewall.Cli.Bench.Runs;
using SecretsFirewall.Load.Client;

namespace SecretsFirewall.Load.Runs;

/// <summary>What came of a soak.</summary>
internal sealed record SoakResults(
    BenchOptions Options, TimeSpan Lasts, MachineFacts Machine, string ConfigHash, DateTimeOffset StartedAt, ClientResult Traffic, IReadOnlyList<SoakSample> Samples, SoakVerdict Verdict);

/// <summary>The product under <see cref="SoakTraffic"/>, looked at every ten seconds from outside.</summary>
internal static class SoakRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    public static async Task<SoakResults> RunAsync(BenchOptions options, TimeSpan lasts, string directory)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        using var bystanders = await Bystanders.StartAsync(directory, options.Hosts);
        var home = await BenchHome.PrepareAsync(options, BenchBasis.Shipped, directory, "home", bystanders.Upstream);
        using var firewall = FirewallProcess.Start(options.Firewall, home);
        var subject = new Subject(Subject.Firewall, firewall.Home.Proxy, firewall.Id, [firewall.Home.CaFile]);
        var failed = "";
        await new FreshStarts(options, bystanders, new Figures(), failure => failed = failure).MeasureStartAsync(subject, firewall.StartedAt, round: 0);
        if (failed.Length > 0)
        {
            throw new InvalidOperationException(failed);
        }

        var job = bystanders.Job(JobKind.Soak, options.Hosts.Tool) with { Seconds = lasts.TotalSeconds, Seed = options.Seed };
        var traffic = bystanders.DoAsync(subject, job);
        var samples = await WatchAsync(firewall.Id, traffic);
        var result = await traffic;
        return new SoakResults(
            options, lasts, MachineFacts.Read(), home.ConfigHash, startedAt, result, samples, SoakVerdict.Of(samples, lasts, result.Error));
    }

    private static async Task<List<SoakSample>> WatchAsync(int processId, Task traffic)
    {
        var clock = Stopwatch.StartNew();
        var samples = new List<SoakSample>();
        using var timer = new PeriodicTimer(Interval);
        while (await Task.WhenAny(traffic, timer.WaitForNextTickAsync().AsTask()) != traffic)
        {
            var sample = new SoakSample(
                clock.Elapsed.TotalSeconds, ProcessCounters.ResidentBytes(processId), ProcessCounters.Handles(processId), ProcessCounters.CpuSeconds(processId));
            samples.Add(sample);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"[{clock.Elapsed:mm\\:ss}] RSS {sample.ResidentBytes / (1024.0 * 1024):F1} MB, {sample.Handles} handles, {sample.CpuSeconds:F0} CPU s"));
        }

        return samples;
    }
}
