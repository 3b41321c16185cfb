using System.Diagnostics;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>
/// What only a fresh process can show: how soon it answers, what an idle stream weighs, and how much it grows while a gigabyte
/// passes. Idle streams and transfers get a process each, since the memory that one leaves behind would hide the other's.
/// </summary>
internal sealed class FreshStarts(BenchOptions options, Bystanders bystanders, Figures figures, Action<string> fail)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public async Task MeasureIdleAsync(Subject subject, int round)
    {
        await WarmAsync(subject);
        await Task.Delay(Settle);
        var before = ProcessCounters.ResidentBytes(subject.ProcessId!.Value);
        var job = bystanders.Job(JobKind.Idle, options.Hosts.Model) with { Count = options.IdleStreams, Seed = options.Seed, Seconds = 60 };
        var opened = await bystanders.DoAsync(subject, job);
        if (opened.Error is { } error)
        {
            Fail("idle", subject, error);
            return;
        }

        await Task.Delay(Settle);
        var after = ProcessCounters.ResidentBytes(subject.ProcessId.Value);
        await bystanders.ReleaseAsync();
        Add("idle", "kb_each", subject, round, (after - before) / 1024.0 / options.IdleStreams);
    }

    public async Task MeasureTransfersAsync(Subject subject, int round)
    {
        await WarmAsync(subject);
        var download = bystanders.Job(JobKind.Requests, options.Hosts.Tool) with
        {
            Request = RequestKind.Get,
            Size = options.TransferBytes,
            Count = 1,
            Seconds = 120,
        };
        await MeasureGrowthAsync("download", subject, round, download);
        await MeasureGrowthAsync("upload", subject, round, download with { Request = RequestKind.Upload });
    }

    /// <summary>Waits for the first answer, and measures it from the moment that the process was made.</summary>
    public async Task<bool> MeasureStartAsync(Subject subject, long startedAt, int round)
    {
        var job = bystanders.Job(JobKind.FirstAnswer, options.Hosts.Tool) with { Size = 64, Seconds = 30 };
        var result = await bystanders.DoAsync(subject, job);
        if (result.Error is { } error)
        {
            Fail("start", subject, error);
            return false;
        }

        Add("start", "seconds", subject, round, Stopwatch.GetElapsedTime(startedAt, (long)result.Samples[0]).TotalSeconds);
        return true;
    }

    private async Task MeasureGrowthAsync(string scenario, Subject subject, int round, ClientJob job)
    {
        var id = subject.ProcessId!.Value;
        var before = ProcessCounters.ResidentBytes(id);
        var cpuBefore = ProcessCounters.CpuSeconds(id);
        ProcessCounters.ForgetPeak(id);
        var result = await bystanders.DoAsync(subject, job);
        if (result.Error is { } error)
        {
            Fail(scenario, subject, error);
            return;
        }

        Add(scenario, "growth_mb", subject, round, (ProcessCounters.PeakBytes(id) - before) / (1024.0 * 1024));
        Add(scenario, "cpu_per_gb", subject, round, (ProcessCounters.CpuSeconds(id) - cpuBefore) / (options.TransferBytes / 1e9));
    }

    private async Task WarmAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.Requests, options.Hosts.Tool) with { Size = 1024, Connections = 8, Seconds = 1 };
        var result = await bystanders.DoAsync(subject, job);
        if (result.Error is { } error)
        {
            Fail("warm-up", subject, error);
        }
    }

    private void Add(string scenario, string metric, Subject subject, int round, double value) =>
        figures.Add(new FigureKey(scenario, metric, subject.Name), round, value);

    private void Fail(string scenario, Subject subject, string why) => fail($"{scenario} of {subject.Name}: {why}");
}
