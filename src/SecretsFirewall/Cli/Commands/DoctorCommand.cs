using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Doctor;
using SecretsFirewall.Cli.Exec;
using SecretsFirewall.Cli.Exec.Locking;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw doctor</c>: is all well, as requests show?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var agent = new Option<string?>("--agent") { Description = "Make the requests as this agent.", HelpName = "NAME" };
        var leaks = new Option<bool>("--leaks") { Description = "Run COMMAND and report what it tries past the proxy (Linux)." };
        var line = new Argument<string[]>("COMMAND") { Description = "With --leaks: the command and its arguments, behind --", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("doctor", """
            Checks home, keys, lock, listeners, CA, and every runtime on this machine.

            Each of curl, git, python3, node, dotnet and java makes a real request through the firewall, with the environment of
            `sfw exec` and nothing else, to a server that this command runs on loopback: no network is needed. Where no firewall
            runs, one is started for the checks.

            The exit code is 0 if all is well, 1 with warnings, 2 if something is broken.

            With --leaks, it runs a command as `sfw exec --lock` does, where nothing but the proxy can be reached, and lists every
            connection and name look-up that the command tried directly: 0 if there was none, 1 if there were.

            Examples:
              sfw doctor
              sfw doctor --leaks -- npm test
            """)
        { json, agent, leaks, line };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            var tried = parse.GetValue(line) ?? [];
            if (parse.GetValue(leaks) != tried.Length > 0)
            {
                return output.Fail("--leaks and a command belong together: sfw doctor --leaks -- COMMAND", ExitCodes.Broken);
            }

            if (tried.Length > 0)
            {
                return await ReportLeaksAsync(parse, tried, parse.GetValue(agent), parse.GetValue(json), cancellationToken);
            }

            var findings = await InspectAsync(CommonOptions.HomeOf(parse), parse.GetValue(agent), cancellationToken);
            var report = DoctorReport.Of(findings);
            if (parse.GetValue(json))
            {
                output.Json(report, DoctorJson.Default.DoctorReport);
            }
            else
            {
                output.Table(["check", "health", "detail"], [.. findings.Select(f => (string[])[f.Check, f.Health.ToString().ToLowerInvariant(), f.Detail])]);
                output.Note(report.Health switch
                {
                    Health.Well => "All is well.",
                    Health.Warning => "There are warnings.",
                    _ => "Something is broken.",
                });
            }

            return report.ExitCode;
        });
        return command;
    }

    private static async Task<int> ReportLeaksAsync(
        ParseResult parse, IReadOnlyList<string> line, string? agent, bool isJson, CancellationToken cancellationToken)
    {
        var output = Output.Of(parse);
        var home = CommonOptions.HomeOf(parse);
        var (client, problem) = await FirewallStarter.FindOrStartAsync(home, TimeProvider.System, cancellationToken);
        if (client is null)
        {
            return output.Fail(problem, ExitCodes.ExecFailed);
        }

        await using (client)
        {
            var (session, refused) = await ExecSession.OpenAsync(home, client, agent, TimeProvider.System, cancellationToken);
            if (session is null)
            {
                return output.Fail(refused, ExitCodes.ExecFailed);
            }

            await using (session)
            {
                var (result, leaks) = await LockedExec.RunAsync(home, session.Connection, line, [], watchesLeaks: true);
                if (result.Problem is { } failure)
                {
                    return output.Fail(failure, result.ExitCode);
                }

                Write(output, result.ExitCode, leaks, isJson);
                return leaks.Count == 0 ? ExitCodes.Done : ExitCodes.NotDone;
            }
        }
    }

    private static void Write(Output output, int exitCode, IReadOnlyList<Leak> leaks, bool isJson)
    {
        if (isJson)
        {
            output.Json(new LeakReport(exitCode, leaks), LeakJson.Default.LeakReport);
            return;
        }

        output.Table(
            ["protocol", "address", "port", "name", "attempts"],
            [.. leaks.Select(static leak => (string[])
                [leak.Protocol, leak.Address, leak.Port.ToString(CultureInfo.InvariantCulture), leak.Name ?? "", leak.Attempts.ToString(CultureInfo.InvariantCulture)])]);
        output.Note(leaks.Count == 0
            ? $"The command ended with {exitCode}. It tried nothing past the proxy."
            : $"The command ended with {exitCode}. What is listed was tried past the proxy, and failed here; without --lock it would have gone out.");
    }

    private static async Task<IReadOnlyList<DoctorFinding>> InspectAsync(FirewallHome home, string? agent, CancellationToken cancellationToken)
    {
        var findings = HomeChecks.Inspect(home).ToList();
        var found = await ControlAccess.FindRunningAsync(home, cancellationToken);
        var (client, problem) = found is not null ? (found, "") : await FirewallStarter.FindOrStartAsync(home, TimeProvider.System, cancellationToken);
        if (client is null)
        {
            findings.Add(new DoctorFinding("firewall", Health.Broken, problem));
            return findings;
        }

        await using (client)
        {
            // A firewall that was started for this ends with its last session: the probes' one comes first.
            var runtimes = RuntimeChecks.InspectAsync(home, client, agent, TimeProvider.System, cancellationToken);
            var status = await client.CallAsync(ControlOperations.Status, NoContent.Instance, cancellationToken);
            if (status.Failure is { } failure)
            {
                findings.Add(new DoctorFinding("firewall", Health.Broken, failure.Message));
            }
            else
            {
                findings.AddRange(await FirewallChecks.InspectAsync(home, status.Value!, startedForThis: found is null, TimeProvider.System, cancellationToken));
            }

            findings.AddRange(await runtimes);
        }

        return findings;
    }
}
