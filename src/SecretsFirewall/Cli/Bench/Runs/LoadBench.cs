using System.Diagnostics;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Report;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>
/// The whole run:
/// <code>
///   upstream ── client      two bystanders, one process each
///        ╲     ╱
///   direct · relay · sfw    one process each; only their CPU and memory are counted
/// </code>
/// 1 start everyone and warm them up · 2 rounds, each scenario with each subject in turn, until the ratios settle
/// · 3 fresh processes for memory and start.
/// </summary>
internal sealed class LoadBench
{
    // Ratios that wander less than this over the rounds are settled.
    private const double SettledSpread = 0.03;

    private readonly BenchOptions _options;
    private readonly Bystanders _bystanders;
    private readonly Peers _peers;
    private readonly Action<string> _progress;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Figures _figures = new();
    private readonly List<string> _failures = [];
    private readonly HashSet<(string Scenario, string Subject)> _failed = [];
    private readonly List<ProcessFacts> _processes = [];
    private readonly Dictionary<string, string> _peerVersions = [];

    private LoadBench(BenchOptions options, Bystanders bystanders, Peers peers, Action<string> progress)
    {
        _options = options;
        _bystanders = bystanders;
        _peers = peers;
        _progress = progress;
    }

    /// <param name="basis">What the home under test is made from.</param>
    /// <param name="directory">Of this run alone.</param>
    /// <param name="progress">Hears a line at each step.</param>
    public static async Task<LoadResults> RunAsync(BenchOptions options, BenchBasis basis, Peers peers, string directory, Action<string> progress, CancellationToken stop = default)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        using var bystanders = await Bystanders.StartAsync(directory, options.Hosts, stop);
        var home = await BenchHome.PrepareAsync(options, basis, directory, "home", bystanders.Upstream);
        var bench = new LoadBench(options, bystanders, peers, progress);

        var rounds = await bench.RunRoundsAsync(home);
        if (options.Runs(BenchOptions.Fresh))
        {
            await bench.RunFreshAsync(home);
        }

        return new LoadResults(
            options, MachineFacts.Read(), home.ConfigHash, startedAt, bench._clock.Elapsed, rounds, bench._figures, bench._processes, bench._failures, bench._peerVersions);
    }

    private async Task<int> RunRoundsAsync(BenchHome home)
    {
        // :: 1
        using var relay = await Relay.StartAsync(_bystanders, _options.Hosts);
        using var firewall = FirewallProcess.Start(_options.Firewall, home);
        List<Subject> subjects =
        [
            new(Subject.Direct, null, null, [_bystanders.Upstream.CaFile]),
            relay.Subject,
            // The very first start of a home is not counted: it makes keys that later ones find.
            await AwaitFirewallAsync(firewall, new Figures(), round: 0),
        ];
        var peers = new List<IPeer>();
        try
        {
            await StartPeersAsync(peers);
            subjects.AddRange(peers.Select(static peer => peer.Subject));
            var rounds = await RunRoundsAsync(subjects);
            _processes.AddRange(subjects.Where(static one => one.ProcessId is not null).Select(static one => ProcessFacts.Of(one.Name, one.ProcessId!.Value)));
            _processes.AddRange(_bystanders.Facts);
            return rounds;
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    private async Task StartPeersAsync(List<IPeer> peers)
    {
        foreach (var name in _peers.Names)
        {
            Say($"starting {name}");
            var peer = await _peers.StartAsync(name, _bystanders.Upstream);
            if (await new FreshStarts(_options, _bystanders, new Figures(), Fail).MeasureStartAsync(peer.Subject, peer.StartedAt, round: 0))
            {
                peers.Add(peer);
                _peerVersions[name] = peer.Version;
            }
            else
            {
                peer.Dispose();
            }
        }
    }

    private async Task<int> RunRoundsAsync(IReadOnlyList<Subject> subjects)
    {
        Scenario[] scenarios = [.. new Scenarios(_options, _bystanders, _peers.Names).All().Where(s => _options.Runs(s.Id))];
        if (scenarios.Length == 0)
        {
            return 0;
        }

        Say("warming up");
        for (var round = 0; round < _options.WarmUpRounds; round++)
        {
            await RunRoundAsync(scenarios, subjects, round, new Figures());
        }

        // :: 2
        var began = _clock.Elapsed;
        for (var counted = 1; ; counted++)
        {
            await RunRoundAsync(scenarios, subjects, _options.WarmUpRounds + counted - 1, _figures);
            var spread = WidestSpread();
            Say($"round {counted}: the widest ratio wanders by {spread:P1}");
            var mayEnd = spread < SettledSpread || _clock.Elapsed - began > _options.RoundsBudget;
            if (counted == _options.MostRounds || (counted >= _options.LeastRounds && mayEnd))
            {
                return counted;
            }
        }
    }

    private async Task RunRoundAsync(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Subject> subjects, int round, Figures into)
    {
        foreach (var scenario in scenarios)
        {
            for (var i = 0; i < subjects.Count; i++)
            {
                // Another first one each round: whoever runs after whom must not matter.
                var subject = subjects[(i + round) % subjects.Count];
                if (!scenario.Subjects.Contains(subject.Name) || _failed.Contains((scenario.Id, subject.Name)))
                {
                    continue;
                }

                var measured = await scenario.Measure(subject, round);
                foreach (var (metric, value) in measured.Metrics)
                {
                    into.Add(new FigureKey(scenario.Id, metric, subject.Name), round, value);
                }

                if (measured.Failure is { } failure)
                {
                    // Once: a policy that refuses it refuses it again.
                    _failed.Add((scenario.Id, subject.Name));
                    Fail($"{scenario.Id} of {subject.Name}, round {round}: {failure}");
                }
            }
        }
    }

    private async Task RunFreshAsync(BenchHome home)
    {
        // :: 3
        var fresh = new FreshStarts(_options, _bystanders, _figures, Fail);
        for (var round = 0; round < _options.FreshStarts; round++)
        {
            Say($"fresh start {round + 1} of {_options.FreshStarts}");
            using (var relay = await Relay.StartAsync(_bystanders, _options.Hosts))
            {
                await fresh.MeasureIdleAsync(relay.Subject, round);
            }

            using (var relay = await Relay.StartAsync(_bystanders, _options.Hosts))
            {
                await fresh.MeasureTransfersAsync(relay.Subject, round);
            }

            using (var firewall = FirewallProcess.Start(_options.Firewall, home))
            {
                await fresh.MeasureIdleAsync(await AwaitFirewallAsync(firewall, _figures, round * 2), round);
            }

            using (var firewall = FirewallProcess.Start(_options.Firewall, home))
            {
                await fresh.MeasureTransfersAsync(await AwaitFirewallAsync(firewall, _figures, (round * 2) + 1), round);
            }
        }
    }

    private async Task<Subject> AwaitFirewallAsync(FirewallProcess firewall, Figures into, int round)
    {
        var subject = new Subject(Subject.Firewall, firewall.Home.Proxy, firewall.Id, [firewall.Home.CaFile]);
        await new FreshStarts(_options, _bystanders, into, Fail).MeasureStartAsync(subject, firewall.StartedAt, round);
        return subject;
    }

    private double WidestSpread()
    {
        var ratios = Target.All.Where(t => t.Comparison == Comparison.Ratio).Select(t => t.Values(_figures)).Where(v => v.Count > 0);
        return ratios.Select(Statistics.Spread).DefaultIfEmpty(0).Max();
    }

    private void Fail(string failure)
    {
        Say($"NO FIGURE: {failure}");
        _failures.Add(failure);
    }

    private void Say(string text) => _progress($"[{_clock.Elapsed:mm\\:ss}] {text}");
}
