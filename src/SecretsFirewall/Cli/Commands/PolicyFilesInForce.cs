using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary>Asks a home, running or not, for the bundle in force. The lock is given back at once: what follows may take long.</summary>
internal static class PolicyFilesInForce
{
    /// <summary>Null after saying why it cannot be had.</summary>
    public static async Task<PolicyFilesReply?> ReadAsync(FirewallHome home, Output output, CancellationToken cancellationToken)
    {
        var (client, problem) = await ControlAccess.OpenAsync(home, TimeProvider.System, cancellationToken);
        if (client is null)
        {
            output.Fail(problem);
            return null;
        }

        await using (client)
        {
            var reply = await client.CallAsync(ControlOperations.PolicyFiles, NoContent.Instance, cancellationToken);
            if (reply.Failure is { } failure)
            {
                output.Fail(failure.Message);
            }

            return reply.Value;
        }
    }
}
