using System.Diagnostics;
using SecretsFirewall.Load.Processes;
using SecretsFirewall.Load.Report;

namespace SecretsFirewall.Load.Runs;

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

    // Two rounds before the first that counts: the runtime compiles hot code a second time once it knows that it is hot.
    public const int WarmUpRounds = 2;

    private readonly LoadOptions _options;
    private readonly Bystanders _bystanders;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Figures _figures = new();
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, string> _peerVersions = [];

    private LoadBench(LoadOptions options, Bystanders bystanders)
    {
        _options = options;
        _bystanders = bystanders;
    }

    public static async Task<LoadResults> RunAsync(LoadOptions options, string directory)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        using var bystanders = await Bystanders.StartAsync(directory);
        var home = await FirewallHomeFiles.PrepareAsync(options, directory, bystanders.Upstream);
        var bench = new LoadBench(options, bystanders);

        var rounds = await bench.RunRoundsAsync(home);
        if (options.Runs("fresh"))
        {
            await bench.RunFreshAsync(home);
        }

        return new LoadResults(
            options, MachineFacts.Read(), home.ConfigHash, startedAt, bench._clock.Elapsed, rounds, bench._figures, bench._failures, bench._peerVersions);
    }

    private async Task<int> RunRoundsAsync(FirewallHomeFiles home)
    {
        // :: 1
        using var relay = await StartRelayAsync();
        using var firewall = FirewallProcess.Start(_options.Firewall, home);
        List<Subject> subjects =
        [
            new(Subject.Direct, null, null, [_bystanders.Upstream.CaFile]),
            relay.Subject,
            // The very first start of a home is not counted: it makes keys that later ones find.
            await AwaitFirewallAsync(firewall, new Figures(), round: 0),
        ];
        var peers = new List<PeerProcess>();
        try
        {
            await StartPeersAsync(peers);
            subjects.AddRange(peers.Select(static peer => peer.Subject));
            return await RunRoundsAsync(subjects);
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    private async Task StartPeersAsync(List<PeerProcess> peers)
    {
        foreach (var name in _options.Peers ? Subject.Peers : [])
        {
            Say($"starting {name}");
            var peer = await PeerProcess.StartAsync(_options, name, _bystanders.Upstream);
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
        Scenario[] scenarios = [.. new Scenarios(_options, _bystanders).All().Where(s => _options.Runs(s.Id))];
        if (scenarios.Length == 0)
        {
            return 0;
        }

        Say("warming up");
        for (var round = 0; round < WarmUpRounds; round++)
        {
            await RunRoundAsync(scenarios, subjects, round, new Figures());
        }

        // :: 2
        var began = _clock.Elapsed;
        for (var counted = 1; ; counted++)
        {
            await RunRoundAsync(scenarios, subjects, WarmUpRounds + counted - 1, _figures);
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
                if (!scenario.Subjects.Contains(subject.Name))
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
                    Fail($"{scenario.Id} of {subject.Name}, round {round}: {failure}");
                }
            }
        }
    }

    private async Task RunFreshAsync(FirewallHomeFiles home)
    {
        // :: 3
        var fresh = new FreshStarts(_options, _bystanders, _figures, Fail);
        for (var round = 0; round < _options.FreshStarts; round++)
        {
            Say($"fresh start {round + 1} of {_options.FreshStarts}");
            using (var relay = await StartRelayAsync())
            {
                await fresh.MeasureIdleAsync(relay.Subject, round);
            }

            using (var relay = await StartRelayAsync())
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

    private async Task<RelaySubject> StartRelayAsync()
    {
        var child = ChildProcess.Start("relay", _bystanders.Directory, _bystanders.Upstream.EndPoint, _bystanders.Upstream.CaFile);
        var listening = await child.ReceiveAsync<Listening>();
        return new RelaySubject(child, new Subject(Subject.Relay, listening.EndPoint, child.Id, [listening.CaFile]));
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

    // Progress goes to stderr, so that stdout is the report and nothing else.
    private void Say(string text) => Console.Error.WriteLine($"[{_clock.Elapsed:mm\\:ss}] {text}");

    private sealed record RelaySubject(ChildProcess Child, Subject Subject) : IDisposable
    {
        public void Dispose() => Child.Dispose();
    }
}
