using System.CommandLine;
using System.Net;
using System.Text;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw env</c>: what <c>sfw exec</c> sets, as text.</summary>
internal static class EnvCommand
{
    private static readonly IReadOnlyDictionary<string, Shell> Shells = new Dictionary<string, Shell>(StringComparer.Ordinal)
    {
        ["bash"] = Shell.Bash,
        ["fish"] = Shell.Fish,
        ["powershell"] = Shell.PowerShell,
        ["dotenv"] = Shell.Dotenv,
    };

    public static Command Create()
    {
        var shell = new Option<string>("--shell") { Description = "The syntax; bash also serves sh and zsh.", DefaultValueFactory = _ => "bash" };
        shell.AcceptOnlyFromAmong([.. Shells.Keys]);
        var agent = new Option<string?>("--agent") { Description = "The user of the proxy URL. With --token-stdin.", HelpName = "NAME" };
        var token = new Option<bool>("--token-stdin") { Description = "Read the agent's token, the password of the proxy URL, from standard input." };
        var command = new Command("env", """
            Prints the environment of `sfw exec` as text, for a shell or a file.

            Without --agent it is that of agent `local`, which exists while no agent has a token. The output then holds no secret;
            with a token it does.

            Examples:
              eval "$(sfw env)"
              sfw env --shell fish | source
              sfw env --shell dotenv --agent builder --token-stdin < builder.token > agent.env
            """)
        { shell, agent, token };
        command.Validators.Add(result =>
        {
            if (result.GetValue(agent) is null == result.GetValue(token))
            {
                result.AddError("--agent and --token-stdin go together.");
            }
        });
        command.SetControlAction(context => RunAsync(
            context, Shells[context.Parse.GetRequiredValue(shell)], context.Parse.GetValue(agent)));
        return command;
    }

    private static Task<int> RunAsync(ControlContext context, Shell shell, string? agent) =>
        context.CallAsync(ControlOperations.Status, NoContent.Instance, status =>
        {
            if (agent is null && status.Agents > 0)
            {
                return context.Output.Fail("Agents have tokens here, so nobody goes through without one: sfw env --agent NAME --token-stdin", ExitCodes.Broken);
            }

            var token = agent is null ? null : ReadToken();
            if (Endpoint(context, status) is not { } proxy)
            {
                return ExitCodes.Broken;
            }

            var trusted = context.Home.TrustedBy(agent ?? AgentIdentity.Local);
            TrustFiles.Refresh(trusted, forJava: false);
            var connection = new AgentConnection(proxy, agent, token, trusted.Bundle, TrustFiles.JavaStoreFor(trusted));
            foreach (var name in AgentEnvironment.Removed)
            {
                context.Output.Line(ShellSyntax.Remove(shell, name));
            }

            foreach (var variable in AgentEnvironment.For(connection))
            {
                context.Output.Line(ShellSyntax.Assign(shell, variable));
            }

            return ExitCodes.Done;
        });

    /// <summary>Where agents connect: where the firewall listens, or will.</summary>
    private static IPEndPoint? Endpoint(ControlContext context, StatusReply status)
    {
        if (status.Proxy is { } running)
        {
            return AgentConnection.Reachable(IPEndPoint.Parse(running));
        }

        context.Output.Note("The firewall does not run; start it with `sfw run`.");
        var configuration = new ConfigurationLoader(context.Home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is { } options)
        {
            return AgentConnection.Reachable(options.Listen.Proxy);
        }

        context.Output.Fail(string.Join('\n', configuration.Errors));
        return null;
    }

    private static string ReadToken()
    {
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.ASCII);
        return (input.ReadLine() ?? "").Trim();
    }
}
