using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw gate</c>: what may leave for other people.</summary>
internal static class GateCommand
{
    public static Command Create() => new("gate", """
        The gate before external communication (mail, chat, publishing): locked, unless it is unlocked here.

        It is unlocked for one agent, for one destination or tool, and for a time. Policy asks it in addition to its own rules.

        Examples:
          sfw gate unlock builder mail.example.com --for 2h --reason "release notes"
          sfw gate unlock builder --tool send_mail --until 2026-07-01T18:00Z --reason "release notes"
          sfw gate list
          sfw gate lock builder mail.example.com
        """)
    {
        Unlock(),
        Lock(),
        List(),
    };

    private static Command Unlock()
    {
        var (agent, destination, tool) = Target();
        var duration = new Option<string?>("--for") { Description = "How long, such as 30m, 2h or 1d.", HelpName = "TIME" };
        var until = new Option<DateTimeOffset?>("--until") { Description = "Until when, such as 2026-07-01T18:00Z.", HelpName = "MOMENT" };
        var reason = new Option<string>("--reason") { Description = "Why; it stands in the audit.", HelpName = "TEXT", Required = true };
        var command = new Command("unlock", "Opens the gate to an agent, for a time.") { agent, destination, tool, duration, until, reason };
        command.SetControlAction(async context =>
        {
            if (EndOf(context.Parse.GetValue(duration), context.Parse.GetValue(until)) is not { } end)
            {
                return context.Output.Fail("Say one of --for TIME, such as --for 2h, and --until MOMENT.", ExitCodes.Broken);
            }

            return await context.CallAsync(
                ControlOperations.GateUnlock, Request(context, agent, destination, tool) with { Until = end, Reason = context.Parse.GetRequiredValue(reason) }, _ => ExitCodes.Done);
        });
        return command;
    }

    private static Command Lock()
    {
        var (agent, destination, tool) = Target();
        var command = new Command("lock", "Locks the gate to an agent before its time.") { agent, destination, tool };
        command.SetControlAction(context => context.CallAsync(ControlOperations.GateLock, Request(context, agent, destination, tool), _ => ExitCodes.Done));
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists what is open, until when, by whom and why.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.GateList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.GateReply);
            }
            else if (reply.Open.Count == 0)
            {
                context.Output.Note("The gate is locked to every agent.");
            }
            else
            {
                context.Output.Table(["agent", "open", "until", "by", "reason"], [.. reply.Open.Select(static one => (string[])[
                    one.Agent, one.Target, one.Until.ToString("u", CultureInfo.InvariantCulture), one.By, one.Reason])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static (Argument<string> Agent, Argument<string?> Destination, Option<string?> Tool) Target() => (
        new Argument<string>("AGENT") { Description = "The agent; `local` for the one without a token." },
        new Argument<string?>("DESTINATION") { Description = "HOST, HOST:PORT, or http://HOST.", Arity = ArgumentArity.ZeroOrOne },
        new Option<string?>("--tool") { Description = "A tool in place of a destination.", HelpName = "NAME" });

    private static GateRequest Request(ControlContext context, Argument<string> agent, Argument<string?> destination, Option<string?> tool) => new(
        context.Parse.GetRequiredValue(agent), context.Parse.GetValue(destination), context.Parse.GetValue(tool), Until: null, Reason: "", KillCommand.Caller);

    /// <summary>Null unless exactly one is said, and can be read.</summary>
    private static DateTimeOffset? EndOf(string? duration, DateTimeOffset? until) =>
        duration is null ? until
        : until is null && ValueFormats.TryParseDuration(duration, out var time) ? TimeProvider.System.GetUtcNow() + time
        : null;
}
