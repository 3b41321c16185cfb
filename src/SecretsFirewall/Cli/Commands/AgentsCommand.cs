using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw agents</c>: who may use the proxy.</summary>
internal static class AgentsCommand
{
    public static Command Create()
    {
        var command = new Command("agents", """
            Who may use the proxy. Each agent has a token, which is the password of its proxy URL.

            While no agent exists, everyone on this machine goes through as agent `local`, at level 1.
            The first agent that is added ends that: from then on every request needs a token.

            Example:
              sfw agents add builder --level 2
              export HTTPS_PROXY=http://builder:TOKEN@127.0.0.1:8888
            """)
        {
            Add(),
            List(),
            Remove(),
            KillCommand.Kill("agent", "Stops an agent: the same as `sfw kill agent`.", "The agent; `local` for the one without a token.", word: "kill"),
            KillCommand.Unkill("agent", "Lets a stopped agent go on: the same as `sfw unkill agent`.", "The agent.", word: "revive"),
        };
        return command;
    }

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 64 of a-z 0-9 _ . -" };
        var level = new Option<int>("--level") { Description = "Autonomy: how much it may do without a person, 1 to 3.", DefaultValueFactory = _ => 1, HelpName = "1|2|3" };
        var json = CommonOptions.Json();
        var command = new Command("add", "Adds an agent and shows its token, once: only a hash of it is kept.") { name, level, json };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.AgentsAdd,
            new AddAgentRequest(context.Parse.GetRequiredValue(name), context.Parse.GetValue(level)),
            reply =>
            {
                if (context.Parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.AgentTokenReply);
                    return ExitCodes.Done;
                }

                context.Output.Line(reply.Token);
                context.Output.Note($"This is the token of agent {reply.Name}; it is not shown again. Its environment: sfw env --agent {reply.Name} --token-stdin");
                return ExitCodes.Done;
            }));
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the agents that have a token.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.AgentsList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.AgentsReply);
            }
            else if (reply.Agents.Count == 0)
            {
                context.Output.Note("No agent has a token: everyone on this machine goes through as `local`. Add one with: sfw agents add NAME");
            }
            else
            {
                context.Output.Table(
                    ["agent", "level", "since", "stopped"],
                    [.. reply.Agents.Select(a => (string[])[
                        a.Name,
                        a.Level.ToString(CultureInfo.InvariantCulture),
                        a.CreatedAt.ToString("u", CultureInfo.InvariantCulture),
                        a.KilledAt is { } at ? $"{at.ToString("u", CultureInfo.InvariantCulture)}: {a.KillReason}" : ""])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "The agent." };
        var command = new Command("remove", "Removes an agent; its token ends at once.") { name };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.AgentsRemove, new NameRequest(context.Parse.GetRequiredValue(name)), _ => ExitCodes.Done));
        return command;
    }
}
