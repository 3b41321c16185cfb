using SecretsFirewall.Admin;
using SecretsFirewall.Cli.State;

namespace SecretsFirewall.Cli.Control;

/// <summary>In this process, which holds the lock since no other runs.</summary>
internal sealed class LocalTransport(HomeLock homeLock, FirewallState state, ControlDispatcher dispatcher) : IControlTransport
{
    public Task<ControlReply> SendAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        dispatcher.DispatchAsync(operation, request, cancellationToken);

    public ValueTask DisposeAsync()
    {
        state.Dispose();
        homeLock.Dispose();
        return ValueTask.CompletedTask;
    }
}
