using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw sessions</c>: what agents have done so far, and what that says about them.</summary>
internal static class SessionsCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("sessions", """
            What agents' sessions have done so far, and their risk. The line of an agent counts all of its sessions.

            A session is an agent's token, one `sfw exec`, or what the agent names in the field X-SFW-Session. It ends when it is
            idle for session.idle. Risk is the weight of the worst that was seen (0 to 100); it does not go down by itself.

            Examples:
              sfw sessions
              sfw sessions show builder
              sfw sessions end builder/s1
              sfw sessions end builder        all of them; what was counted and seen is forgotten
            """)
        {
            json,
            List(),
            Show(),
            End(),
        };
        command.SetControlAction(context => ListAsync(context, json));
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists agents and their sessions.") { json };
        command.SetControlAction(context => ListAsync(context, json));
        return command;
    }

    private static Task<int> ListAsync(ControlContext context, Option<bool> json) => context.CallAsync(ControlOperations.AgentSessionsList, NoContent.Instance, reply =>
    {
        if (context.Parse.GetValue(json))
        {
            context.Output.Json(reply, ControlJson.Default.AgentSessionsReply);
        }
        else if (reply.Sessions.Count == 0)
        {
            context.Output.Note("No agent has sent anything yet.");
        }
        else
        {
            context.Output.Table(["session", "since", "last", "open", "requests", "bytes out", "bytes in", "hosts", "risk"], [.. reply.Sessions.Select(RowOf)]);
        }

        return ExitCodes.Done;
    });

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "AGENT/SESSION, or AGENT." };
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows a session, or an agent over all its sessions, with its hosts and what its risk comes from.") { id, json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.AgentSessionsList, NoContent.Instance, reply =>
        {
            var wanted = context.Parse.GetRequiredValue(id);
            if (reply.Sessions.FirstOrDefault(one => one.Id == wanted) is not { } session)
            {
                return context.Output.Fail("There is no such session. What there is: sfw sessions");
            }

            if (context.Parse.GetValue(json))
            {
                context.Output.Json(session, ControlJson.Default.AgentSessionReply);
            }
            else
            {
                Describe(session, context.Output);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command End()
    {
        var id = new Argument<string>("ID") { Description = "AGENT/SESSION, or AGENT for all of them with the agent's counts and risk." };
        var command = new Command("end", "Ends a session: its next exchange begins a new one. What is under way goes on.") { id };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.AgentSessionsEnd, new EndSessionRequest(context.Parse.GetRequiredValue(id), KillCommand.Caller), _ => ExitCodes.Done));
        return command;
    }

    private static string[] RowOf(AgentSessionReply one) =>
    [
        one.Id, Text(one.StartedAt), Text(one.LastAt), Text(one.Open), Text(one.Requests), Text(one.RequestBytes), Text(one.ResponseBytes), Text(one.Hosts.Count), Text(one.Risk),
    ];

    private static void Describe(AgentSessionReply session, Output output)
    {
        output.Line(TerminalText.Escape(session.Id));
        output.Line($"since     {Text(session.StartedAt)}, last {Text(session.LastAt)}");
        output.Line($"requests  {Text(session.Requests)}, {Text(session.Open)} under way; {Text(session.RequestBytes)} bytes out, {Text(session.ResponseBytes)} in");
        output.Line($"models    {Text(session.Tokens)} tokens, cost {session.Cost.ToString(CultureInfo.InvariantCulture)}");
        output.Line($"policy    {session.Pinned ?? "the one in force"}");
        output.Line($"risk      {Text(session.Risk)} of 100");
        foreach (var signal in session.Signals)
        {
            output.Line($"          {signal.Signal} ({Text(signal.Weight)}), {Text(signal.Count)} times since {Text(signal.FirstAt)}");
        }

        foreach (var host in session.Hosts)
        {
            output.Line($"host      {TerminalText.Escape(host)}");
        }
    }

    private static string Text(IFormattable value) => value.ToString(value is DateTimeOffset ? "u" : null, CultureInfo.InvariantCulture);
}
