using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.State;

namespace SecretsFirewall.Cli.Control;

/// <summary>Finds who owns a home: the process that runs on it, or this one, which then takes the lock.</summary>
internal static class ControlAccess
{
    // A firewall that just takes the lock needs some tenths of a second until its socket answers.
    private static readonly TimeSpan StartingUp = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Null if neither works; <c>Problem</c> then says why.</summary>
    public static async Task<(ControlClient? Client, string Problem)> OpenAsync(FirewallHome home, TimeProvider time, CancellationToken cancellationToken)
    {
        var deadline = time.GetUtcNow() + StartingUp;
        do
        {
            if (await SocketTransport.TryConnectAsync(home, cancellationToken) is { } running)
            {
                return (new ControlClient(running), "");
            }

            if (home.Prepare() is { } problem)
            {
                return (null, problem);
            }

            if (HomeLock.TryTake(home, time) is { } homeLock)
            {
                return OpenLocally(home, homeLock, time);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
        while (time.GetUtcNow() < deadline);

        return (null, $"{HomeLock.Refusal(home)} It does not answer on its control socket.");
    }

    /// <summary>Null if no process runs on the home.</summary>
    public static async Task<ControlClient?> FindRunningAsync(FirewallHome home, CancellationToken cancellationToken) =>
        await SocketTransport.TryConnectAsync(home, cancellationToken) is { } running ? new ControlClient(running) : null;

    private static (ControlClient? Client, string Problem) OpenLocally(FirewallHome home, HomeLock homeLock, TimeProvider time)
    {
        var configuration = new ConfigurationLoader(home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is not { } options)
        {
            homeLock.Dispose();
            return (null, string.Join('\n', configuration.Errors));
        }

        if (Installation.TryOpen(home, options.Interception, time, NullLoggerFactory.Instance, out var problem) is not { } installation)
        {
            homeLock.Dispose();
            return (null, problem);
        }

        if (installation.OpenBundles(options.Bundles, time, out problem) is not { } bundles)
        {
            installation.Dispose();
            homeLock.Dispose();
            return (null, problem);
        }

        var dispatcher = new ControlDispatcher();
        StateOperations.RegisterAll(dispatcher, installation);
        var audit = new IdleAudit(installation, options, time);
        new IdleOperations(installation, bundles, options, audit, time).Register(dispatcher);
        new EvidenceOperations(installation, audit, time).Register(dispatcher);
        return (new ControlClient(new LocalTransport(homeLock, installation, dispatcher)), "");
    }
}
