using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.Exec;
using SecretsFirewall.Cli.Exec.Locking;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw exec</c>: any command, behind the firewall.</summary>
internal static class ExecCommand
{
    public static Command Create()
    {
        var agent = new Option<string?>("--agent") { Description = "Run as this agent (default: the only one there is, or `local`).", HelpName = "NAME" };
        var isLocked = new Option<bool>("--lock") { Description = "Leave the command no way out but the proxy (Linux)." };
        var keep = new Option<string[]>("--keep") { Description = "With --lock: a directory below /tmp or /run that the command is to see.", HelpName = "DIR" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No summary line at the end." };
        var command = new Argument<string[]>("COMMAND") { Description = "The command and its arguments, behind --", Arity = ArgumentArity.OneOrMore };
        var exec = new Command("exec", $"""
            Runs a command behind the firewall: the running one, or a private one that ends with its last command.

            The command gets a token of its own for as long as it runs, and every variable that runtimes look at to find a proxy
            and the roots to trust; what the caller had set there is replaced. That includes NO_PROXY, which becomes
            {AgentEnvironment.NoProxy}: a preset NO_PROXY=* would lead around the firewall.

            Its standard streams, signals and exit code are passed through; 125, 126 and 127 mean what they mean in a shell (see
            `sfw --help`). At the end one line on standard error counts exchanges, masked values, bound references and refusals.

            Under the same user a command can read the firewall's home: this protects against accident, not against attack.
            With --lock it cannot: it runs in network, mount and process namespaces of its own, with the proxy as the only way out,
            the home and the sockets of other programs hidden, /tmp and /run fresh and empty, and no other process to be seen.

            Examples:
              sfw exec -- curl https://api.github.com/zen
              sfw exec --agent builder -- claude
              sfw exec --lock -- claude
            """)
        { agent, isLocked, keep, quiet, command };
        exec.SetAction(async (parse, cancellationToken) =>
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
                var (session, refused) = await ExecSession.OpenAsync(home, client, parse.GetValue(agent), TimeProvider.System, cancellationToken);
                if (session is null)
                {
                    return output.Fail(refused, ExitCodes.ExecFailed);
                }

                await using (session)
                {
                    var line = parse.GetRequiredValue(command);
                    var result = parse.GetValue(isLocked)
                        ? (await LockedExec.RunAsync(home, session.Connection, line, parse.GetValue(keep) ?? [], watchesLeaks: false)).Result
                        : await ChildProcess.RunAsync(line, session.Environment);
                    var summary = await session.CloseAsync();
                    if (result.Problem is { } failure)
                    {
                        return output.Fail(failure, result.ExitCode);
                    }

                    if (!parse.GetValue(quiet))
                    {
                        output.Note(Describe(summary));
                    }

                    return result.ExitCode;
                }
            }
        });
        return exec;
    }

    private static string Describe(SessionSummary? summary) => summary is null
        ? "sfw: the firewall ended before the command did; the audit log has what went through it"
        : string.Create(CultureInfo.InvariantCulture, $"sfw: {summary.Exchanges} exchanges, {summary.Masked} masked, {summary.Bound} bound, {summary.Refused} refused");
}
