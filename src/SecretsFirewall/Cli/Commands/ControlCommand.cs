using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary>What a command has at hand that talks to the control plane.</summary>
internal sealed record ControlContext(ParseResult Parse, FirewallHome Home, ControlClient Client, Output Output, CancellationToken Cancellation)
{
    /// <summary>Calls an operation; says why where it fails. <paramref name="done"/> returns the exit code.</summary>
    public async Task<int> CallAsync<TRequest, TResponse>(
        ControlOperation<TRequest, TResponse> operation, TRequest request, Func<TResponse, int> done)
    {
        var result = await Client.CallAsync(operation, request, Cancellation);
        return result.Failure is { } failure ? Output.Fail(failure.Message) : done(result.Value!);
    }
}

/// <summary>A command that needs the firewall's state, and does not care whether a process runs.</summary>
internal static class ControlCommand
{
    public static void SetControlAction(this Command command, Func<ControlContext, Task<int>> action) =>
        command.SetAction((parse, cancellationToken) => RunAsync(parse, action, cancellationToken));

    /// <summary>For a command that finds out only while it runs that it needs the state.</summary>
    public static async Task<int> RunAsync(ParseResult parse, Func<ControlContext, Task<int>> action, CancellationToken cancellationToken)
    {
        var output = Output.Of(parse);
        var home = CommonOptions.HomeOf(parse);
        var (client, problem) = await ControlAccess.OpenAsync(home, TimeProvider.System, cancellationToken);
        if (client is null)
        {
            return output.Fail(problem, ExitCodes.Broken);
        }

        await using (client)
        {
            return await action(new ControlContext(parse, home, client, output, cancellationToken));
        }
    }
}
