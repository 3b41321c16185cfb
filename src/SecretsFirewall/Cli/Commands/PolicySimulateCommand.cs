using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy simulate</c>: what a policy would have said of what was recorded.</summary>
internal static class PolicySimulateCommand
{
    private const int DefaultLines = 50;

    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A bundle or a folder." };
        var against = new Option<string>("--against") { Description = "What it is asked about: audit, the log of this home.", HelpName = "audit", DefaultValueFactory = static _ => "audit" };
        against.AcceptOnlyFromAmong("audit");
        var since = RecordedLog.Since();
        var lines = new Option<int>("--lines", "-n") { Description = "How many changes are shown.", DefaultValueFactory = static _ => DefaultLines, HelpName = "N" };
        var json = CommonOptions.Json();
        var command = new Command("simulate", """
            Asks a policy again what was recorded: connections, requests and tool calls, and shows what it would decide otherwise.

            A record holds fewer facts than a decision: no query, body, argument or level. Where the answer rests on them it is not
            guessed; such records are counted, with what is missing. The policy of the time helps where it is the one in force, or the one
            that is asked.

            Examples:
              sfw policy simulate team --against audit --since 7d
              sfw policy simulate team.bundle --against audit --json

            The exit code is 0 if nothing changes, 1 if something does, 2 if the policy does not load.
            """)
        { path, against, since, lines, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            if (PolicyInHand.TryRead(parse.GetRequiredValue(path), out var problem) is not { } candidate
                || RecordedLog.TryRead(home, parse.GetRequiredValue(since), out problem) is not { } exchanges)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            List<RecordedPolicy> then = [candidate.Recorded];
            if (await PolicyInHand.TryReadInForceAsync(home, cancellation) is ({ } own, _))
            {
                then.Add(own.Recorded);
            }

            var simulation = new Simulation(candidate.Recorded, then);
            foreach (var exchange in exchanges)
            {
                simulation.Add(exchange);
            }

            var report = simulation.Report();
            if (parse.GetValue(json))
            {
                output.Json(report, RecordedJson.Default.SimulationReport);
            }
            else
            {
                Write(output, report, parse.GetValue(lines));
            }

            return report.Changes.Count == 0 ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }

    private static void Write(Output output, SimulationReport report, int lines)
    {
        if (report.Changes.Count > 0)
        {
            output.Table(["count", "was", "by", "would be", "by", "agent", "what", "first"], [.. report.Changes.Take(lines).Select(static one => (string[])
            [
                one.Count.ToString(CultureInfo.InvariantCulture), one.Was, one.WasBy ?? "", one.Now, one.NowBy, one.Agent,
                one.Tool is { } tool ? $"tool {tool} from {one.Host}" : $"{one.Method} {one.Host}{one.Path}", one.Exchange,
            ])]);
        }

        output.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Requests} requests and {report.Calls} tool calls decided anew: {report.Changed} would change{(report.Changes.Count > lines ? $", the first {lines} kinds of {report.Changes.Count} are shown" : "")}."));
        foreach (var (what, count) in report.Undecided)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{count} not decided: rests on what is not recorded: {TerminalText.Escape(what)}"));
        }

        foreach (var (code, count) in report.Elsewhere)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{count} not asked: decided by another check than policy ({TerminalText.Escape(code)})"));
        }
    }
}
