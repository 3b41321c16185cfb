using System.CommandLine;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Report;
using SecretsFirewall.Cli.Bench.Runs;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw bench</c>: what this home's policy and configuration cost on this machine, beside a bare TLS relay.</summary>
internal static class BenchCommand
{
    // Below it a slice is too short for the kernel's clock of 10 ms to say anything.
    private const double LeastSlice = 0.1;

    public static Command Create()
    {
        var only = new Option<string?>("--only") { Description = $"Leave the other scenarios out: {string.Join(", ", BenchOptions.Scenarios)}.", HelpName = "SCENARIO,..." };
        var secrets = new Option<int>("--secrets") { Description = "How many made-up secrets are registered.", DefaultValueFactory = _ => 1_000, HelpName = "N" };
        var json = new Option<string?>("--json") { Description = "Write every sample as JSON as well.", HelpName = "FILE" };
        var slice = new Option<double>("--slice") { Description = "Seconds of each measurement.", DefaultValueFactory = _ => new BenchOptions().SliceSeconds, Hidden = true };
        var command = new Command("bench", """
            Measures what the firewall costs with this home's policy and configuration, beside a bare TLS relay, in about four minutes.

            Everything runs on loopback and nothing is sent to real hosts: a firewall in a temporary home with a copy of the policy in force
            and of the settings that bear on cost, an upstream, a client and the relay, each a process of its own. Registered are made-up
            secrets. The running firewall, the home and its secrets are not touched. Linux only: it reads /proc.

            Read the ratios: they compare what ran side by side. A scenario that the policy refuses is left out, and said so.
            The exit code is 0 if everything was measured, 1 if a figure is missing, 2 if it could not begin.

            Examples:
              sfw bench
              sfw bench --only get,llm --json bench.json
            """)
        { only, secrets, json, slice };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            if (!OperatingSystem.IsLinux())
            {
                return output.Fail("The bench reads /proc, which only Linux has.", ExitCodes.Broken);
            }

            var scenarios = parse.GetValue(only)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (scenarios.FirstOrDefault(static one => !BenchOptions.Scenarios.Contains(one)) is { } unknown)
            {
                return output.Fail($"There is no scenario {TerminalText.Escape(unknown)}: {string.Join(", ", BenchOptions.Scenarios)}.", ExitCodes.Broken);
            }

            var options = new BenchOptions
            {
                Only = scenarios,
                Secrets = Math.Max(0, parse.GetValue(secrets)),
                SliceSeconds = Math.Max(LeastSlice, parse.GetValue(slice)),
            };
            return await BasisAsync(CommonOptions.HomeOf(parse), output, cancellationToken) is { } basis
                ? await RunAsync(options with { Hosts = InstalledBasis.HostsOf(basis, TimeProvider.System) }, basis, parse.GetValue(json), output, cancellationToken)
                : ExitCodes.Broken;
        });
        foreach (var child in Children())
        {
            command.Add(child);
        }

        return command;
    }

    /// <summary>The processes beside the one under test: this executable again.</summary>
    private static IEnumerable<Command> Children()
    {
        var client = new Command("client", "The bench's client.") { Hidden = true };
        client.SetAction(static (_, _) => ClientProcess.RunAsync(Console.In, Console.Out));

        var directory = new Argument<string>("DIRECTORY");
        var names = new Argument<string[]>("NAME");
        var upstream = new Command("upstream", "The bench's upstream.") { directory, names };
        upstream.Hidden = true;
        upstream.SetAction((parse, _) => UpstreamProcess.RunAsync(parse.GetRequiredValue(directory), parse.GetRequiredValue(names), Console.In, Console.Out));

        var toward = new Argument<string>("UPSTREAM");
        var authority = new Argument<string>("CAFILE");
        var relay = new Command("relay", "The bench's floor.") { directory, toward, authority, names };
        relay.Hidden = true;
        relay.SetAction((parse, _) => RelayProcess.RunAsync(
            parse.GetRequiredValue(directory), parse.GetRequiredValue(toward), parse.GetRequiredValue(authority), parse.GetRequiredValue(names), Console.In, Console.Out));
        return [client, upstream, relay];
    }

    /// <summary>Null after saying what is wrong. A home without an installation is not made one: what is shipped is measured then.</summary>
    private static async Task<BenchBasis?> BasisAsync(FirewallHome home, Output output, CancellationToken cancellationToken)
    {
        if (!File.Exists(home.Database))
        {
            output.Note($"There is no installation in {home.Root}: the shipped policy and the default settings are measured.");
            return BenchBasis.Shipped;
        }

        if (await PolicyFilesInForce.ReadAsync(home, output, cancellationToken) is not { } bundle)
        {
            return null;
        }

        var basis = InstalledBasis.Of(home, bundle, out var problem);
        if (basis is null)
        {
            output.Fail(TerminalText.Escape(problem));
        }

        return basis;
    }

    private static async Task<int> RunAsync(BenchOptions options, BenchBasis basis, string? jsonFile, Output output, CancellationToken cancellationToken)
    {
        using var folder = new BenchFolder();
        try
        {
            var results = await LoadBench.RunAsync(options, basis, Peers.None, folder.Path, output.Note, cancellationToken);
            output.Line(MarkdownReport.Write(results));
            if (jsonFile is not null)
            {
                await File.WriteAllTextAsync(jsonFile, JsonReport.Write(results), cancellationToken);
            }

            return results.Failures.Count == 0 ? ExitCodes.Done : ExitCodes.NotDone;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return output.Fail($"The bench could not run: {e.Message}", ExitCodes.Broken);
        }
        catch (OperationCanceledException)
        {
            return output.Fail("Stopped before the end.");
        }
    }
}
