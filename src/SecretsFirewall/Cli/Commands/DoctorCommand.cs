using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Doctor;
using SecretsFirewall.Cli.Exec;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw doctor</c>: is all well, as requests show?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var agent = new Option<string?>("--agent") { Description = "Make the requests as this agent.", HelpName = "NAME" };
        var command = new Command("doctor", """
            Checks home, keys, lock, listeners, CA, and every runtime on this machine.

            Each of curl, git, python3, node, dotnet and java makes a real request through the firewall, with the environment of
            `sfw exec` and nothing else, to a server that this command runs on loopback: no network is needed. Where no firewall
            runs, one is started for the checks.

            The exit code is 0 if all is well, 1 with warnings, 2 if something is broken.
            """)
        { json, agent };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
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
