using System.Globalization;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Report;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Load.Scale;

/// <summary>
/// What an exchange costs as something grows. For each size a firewall of its own; all of them, and the relay, take turns in every round:
/// <code>
///   client ──► sfw, size 1 · sfw, size 2 · … · relay ──► upstream
/// </code>
/// 1 start them, each with what is open beside · 2 rounds · 3 a graph and a table.
/// </summary>
internal sealed class ScaleRun
{
    // Each of a slice: some thousand exchanges until all hot code is compiled twice.
    private const int WarmUps = 10;

    private const int Rounds = 15;

    // So many whatever the machine does beside; the seconds only end what hangs.
    private const int Requests = 1_200;

    private const double MostSeconds = 30;

    private readonly ScaleAxis _axis;
    private readonly BenchOptions _options;
    private readonly Bystanders _bystanders;

    private ScaleRun(ScaleAxis axis, BenchOptions options, Bystanders bystanders)
    {
        _axis = axis;
        _options = options;
        _bystanders = bystanders;
    }

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(BenchOptions options, string folder, string results, Action<string> progress)
    {
        ScaleAxis[] axes = [.. ScaleAxes.All.Where(axis => options.Runs(axis.Id))];
        Directory.CreateDirectory(results);
        foreach (var axis in axes)
        {
            progress($"{axis.Title}: {string.Join(", ", axis.Points.Select(static size => size.ToString("N0", CultureInfo.InvariantCulture)))} {axis.Unit}");
            var work = Directory.CreateDirectory(Path.Combine(folder, axis.Id)).FullName;
            var plain = options with { NewNamesPerRound = 0 };
            using var bystanders = await Bystanders.StartAsync(work, options.Hosts);
            var curve = await new ScaleRun(axis, plain, bystanders).MeasureAsync(progress);
            await File.WriteAllTextAsync(Path.Combine(results, $"{axis.Id}.svg"), ScaleGraph.Draw(curve));
            var report = ScaleReport.Write(curve, plain, MachineFacts.Read(), TimeProvider.System.GetUtcNow());
            await File.WriteAllTextAsync(Path.Combine(results, $"{axis.Id}.md"), report);
            Console.WriteLine(report);
            Directory.Delete(work, recursive: true);
        }

        return axes.Length > 0 ? 0 : 2;
    }

    private async Task<ScaleCurve> MeasureAsync(Action<string> progress)
    {
        // :: 1
        using var relay = await Relay.StartAsync(_bystanders, _options.Hosts);
        var sizes = new List<Sized>();
        try
        {
            foreach (var size in _axis.Points)
            {
                sizes.Add(await StartAsync(size));
                progress($"  {size:N0} {_axis.Unit}: ready");
            }

            // :: 2
            for (var round = -WarmUps; round < Rounds; round++)
            {
                await RunRoundAsync(relay.Subject, sizes, round);
            }

            return new ScaleCurve(_axis, [.. sizes.Select(static one => new ScalePoint(one.Size, one.Firewall, one.Relay))]);
        }
        finally
        {
            sizes.ForEach(static one => one.Dispose());
        }
    }

    private async Task<Sized> StartAsync(long size)
    {
        var options = _axis.Options(_options, size);
        var home = await BenchHome.PrepareAsync(
            options, _axis.Basis(size), _bystanders.Directory, size.ToString(CultureInfo.InvariantCulture), _bystanders.Upstream);
        var firewall = FirewallProcess.Start(options.Firewall, home);
        var sized = new Sized(size, firewall, new Subject(Subject.Firewall, home.Proxy, firewall.Id, [home.CaFile]));
        try
        {
            Check(await _bystanders.DoAsync(sized.Subject, _bystanders.Job(JobKind.FirstAnswer, options.Hosts.Tool) with { Size = 64, Seconds = 60 }), size);
            if (_axis.Streams(size) is > 0 and var count)
            {
                sized.Streams = BenchProcess.Start("client");
                await sized.Streams.SendAsync(_bystanders.Toward(
                    sized.Subject, _bystanders.Job(JobKind.Idle, options.Hosts.Model) with { Count = count, Seed = options.Seed, Seconds = 600 }));
                Check(await sized.Streams.ReceiveAsync<ClientResult>(), size);
            }

            return sized;
        }
        catch
        {
            sized.Dispose();
            throw;
        }
    }

    private async Task RunRoundAsync(Subject relay, List<Sized> sizes, int round)
    {
        var floor = double.NaN;
        for (var i = 0; i < sizes.Count; i++)
        {
            // Another first one each round: whoever runs after whom must not matter.
            var sized = sizes[(i + round + WarmUps) % sizes.Count];
            var job = _bystanders.Job(JobKind.Requests, _options.Hosts.Tool) with
            {
                Request = RequestKind.Post,
                Size = 16 * 1024,
                Connections = 8,
                Seconds = MostSeconds,
                Seed = _options.Seed,
            };
            job = _axis.Job?.Invoke(job, sized.Size) ?? job with { Count = Requests / job.Connections };
            floor = i == 0 || _axis.Job is not null ? await CostAsync(relay, job, sized.Size) : floor;
            var cost = await CostAsync(sized.Subject, job, sized.Size);
            if (round >= 0)
            {
                sized.Firewall.Add(cost);
                sized.Relay.Add(floor);
            }
        }
    }

    /// <summary>CPU in µs per exchange.</summary>
    private async Task<double> CostAsync(Subject subject, ClientJob job, long size)
    {
        var before = ProcessCounters.CpuSeconds(subject.ProcessId!.Value);
        var result = await _bystanders.DoAsync(subject, job);
        Check(result, size);
        return (ProcessCounters.CpuSeconds(subject.ProcessId.Value) - before) * 1e6 / result.Requests;
    }

    private void Check(ClientResult result, long size)
    {
        if (result.Error is { } error)
        {
            throw new InvalidOperationException($"{_axis.Title}, {size}: {error}");
        }
    }

    /// <summary>One firewall, what is open beside, and what was measured.</summary>
    private sealed record Sized(long Size, FirewallProcess Process, Subject Subject) : IDisposable
    {
        public BenchProcess? Streams { get; set; }

        public List<double> Firewall { get; } = [];

        public List<double> Relay { get; } = [];

        public void Dispose()
        {
            Streams?.Dispose();
            Process.Dispose();
        }
    }
}
