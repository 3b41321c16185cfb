using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw kill</c> and <c>sfw unkill</c>: stop at once, and let go on.</summary>
internal static class KillCommand
{
    public static Command Create() => new("kill", """
        Stops everything, or one agent, session, host or tool: at once, and until it is let go on with `sfw unkill`.

        What is under way is cut within a second: streams, WebSockets, tunnels, requests that wait. A restart changes nothing.
        Without this command: SIGUSR1 to the firewall, or a file named KILL in its home, stops everything.

        Examples:
          sfw kill system --reason "strange traffic since noon"
          sfw kill agent builder
          sfw kill host example.com --subdomains
          sfw kill list
        """)
    {
        Kill("system", "Stops all traffic of all agents.", null),
        Kill("agent", "Stops an agent in all its sessions.", "The agent; `local` for the one without a token."),
        Kill("session", "Stops one session; the agent's others go on, and it may begin new ones.", "As `sfw sessions` and `sfw tail` show it: SESSION of any agent, or AGENT/SESSION."),
        Kill("host", "Stops what goes to a host.", "A name or an address."),
        Kill("tool", "Stops the calls of a tool in models' answers.", "The tool's name, in any case. That of an MCP server's tool is also found behind mcp__SERVER__."),
        List(),
    };

    public static Command CreateUnkill() => new("unkill", """
        Lets go on what was stopped with `sfw kill`.

        While the file KILL is in the home, the system stays stopped: remove the file first.
        """)
    {
        Unkill("system", "Lets all traffic go on, apart from what is stopped by itself.", null),
        Unkill("agent", "Lets an agent go on.", "The agent."),
        Unkill("session", "Lets a session go on.", "As it was stopped."),
        Unkill("host", "Lets traffic to a host go on.", "As it was stopped."),
        Unkill("tool", "Lets a tool's calls go on.", "The tool's name."),
    };

    /// <summary>Who asks, for the record.</summary>
    public static string Caller => $"{Environment.UserName} with sfw";

    public static Command Kill(string scope, string description, string? about, string? word = null)
    {
        var name = Name(about);
        var reason = new Option<string>("--reason") { Description = "Why; it stands in the audit. Agents are not told.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var subdomains = new Option<bool>("--subdomains") { Description = "The names below it as well." };
        var command = new Command(word ?? scope, description) { reason };
        Add(command, name);
        if (scope == "host")
        {
            command.Add(subdomains);
        }

        command.SetControlAction(context => context.CallAsync(
            ControlOperations.Kill,
            new KillRequest(scope, NameOf(context, name), scope == "host" && context.Parse.GetValue(subdomains), context.Parse.GetValue(reason) ?? "", Caller),
            _ => ExitCodes.Done));
        return command;
    }

    public static Command Unkill(string scope, string description, string? about, string? word = null)
    {
        var name = Name(about);
        var command = new Command(word ?? scope, description);
        Add(command, name);
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.Unkill, new UnkillRequest(scope, NameOf(context, name), Caller), _ => ExitCodes.Done));
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists what is stopped, since when, by whom and why.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.KillsList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.KillsReply);
            }
            else if (reply.Kills.Count == 0)
            {
                context.Output.Note("Nothing is stopped.");
            }
            else
            {
                context.Output.Table(["what", "name", "since", "by", "reason"], [.. reply.Kills.Select(static kill => (string[])[
                    kill.Scope, kill.Subdomains ? $"{kill.Name} and below" : kill.Name, kill.KilledAt.ToString("u", CultureInfo.InvariantCulture), kill.By, kill.Reason])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Argument<string>? Name(string? about) => about is null ? null : new Argument<string>("NAME") { Description = about };

    private static void Add(Command command, Argument<string>? name)
    {
        if (name is not null)
        {
            command.Add(name);
        }
    }

    private static string NameOf(ControlContext context, Argument<string>? name) => name is null ? "" : context.Parse.GetRequiredValue(name);
}
