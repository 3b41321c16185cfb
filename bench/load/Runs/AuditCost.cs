using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Runs;
using SecretsFirewall.Load.Processes;

namespace SecretsFirewall.Load.Runs;

/// <summary>
/// What the audit costs an exchange: firewalls that differ in their log alone take turns, in every round, and each is compared with the one without.
/// <code>
///   client ──► sfw, off · sfw, flush · sfw, batch · sfw, intent ──► upstream
/// </code>
/// </summary>
internal static class AuditCost
{
    private const int WarmUps = 3;

    private const int Rounds = 11;

    private static readonly string[] Logs = [AuditedFirewall.Off, .. Enum.GetNames<AuditDurability>().Select(static name => name.ToLowerInvariant())];

    // Requests by scenario, the same for everyone however busy the machine is, and what says how much work they were.
    private static readonly (string Scenario, int Requests, string Cpu)[] Measured = [("get", 1_600, "cpu"), ("post", 1_200, "cpu"), ("llm", 24, "cpu_per_gb")];

    public static async Task<int> RunAsync(BenchOptions options, string folder)
    {
        options = options with { NewNamesPerRound = 0, SliceSeconds = 30, SliceRequests = Measured.ToDictionary(static one => one.Scenario, static one => one.Requests) };
        using var bystanders = await Bystanders.StartAsync(folder, options.Hosts);
        var subjects = new List<(Subject Subject, BenchProcess Process)>();
        try
        {
            foreach (var log in Logs)
            {
                var home = await BenchHome.PrepareAsync(options, BenchBasis.Shipped, folder, log, bystanders.Upstream);
                var process = BenchProcess.Start("audited", home.Files.Root, log);
                var listening = await process.ReceiveAsync<Listening>();
                subjects.Add((new Subject(log, listening.EndPoint, process.Id, [listening.CaFile]), process));
            }

            var figures = await MeasureAsync(new Scenarios(options, bystanders, Logs), [.. subjects.Select(static one => one.Subject)]);
            Report(figures);
            return 0;
        }
        finally
        {
            subjects.ForEach(static one => one.Process.Dispose());
        }
    }

    private static async Task<Figures> MeasureAsync(Scenarios scenarios, IReadOnlyList<Subject> subjects)
    {
        var figures = new Figures();
        for (var round = -WarmUps; round < Rounds; round++)
        {
            foreach (var scenario in scenarios.All().Where(static one => Measured.Any(measured => measured.Scenario == one.Id)))
            {
                for (var i = 0; i < subjects.Count; i++)
                {
                    var subject = subjects[(i + round + WarmUps) % subjects.Count];
                    var measured = await scenario.Measure(subject, round);
                    foreach (var (metric, value) in measured.Metrics.Where(_ => round >= 0))
                    {
                        figures.Add(new FigureKey(scenario.Id, metric, subject.Name), round, value);
                    }

                    if (measured.Failure is { } failure)
                    {
                        Console.Error.WriteLine($"{scenario.Id} of {subject.Name}: {failure}");
                    }
                }
            }

            Console.Error.WriteLine(round < 0 ? "warming up" : string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {Rounds}"));
        }

        return figures;
    }

    private static void Report(Figures figures)
    {
        Console.WriteLine("| scenario | log | CPU, of that without a log | requests/s, of those without |\n|---|---|---|---|");
        foreach (var (scenario, _, cpu) in Measured)
        {
            foreach (var log in Logs.Skip(1))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {scenario} | {log} | {Ratio(cpu)} | {Ratio("rate")} |"));

                string Ratio(string metric)
                {
                    var ratios = figures.Pair(new FigureKey(scenario, metric, log), new FigureKey(scenario, metric, AuditedFirewall.Off), static (ours, without) => ours / without);
                    return string.Create(CultureInfo.InvariantCulture, $"{Statistics.Median(ratios):0.00} ({Statistics.Quantile(ratios, 0.25):0.00} to {Statistics.Quantile(ratios, 0.75):0.00})");
                }
            }
        }
    }
}
