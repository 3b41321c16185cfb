using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Control;

/// <summary>In this process, which holds the lock since no other runs.</summary>
internal sealed class LocalTransport(HomeLock homeLock, Installation installation, ControlDispatcher dispatcher) : IControlTransport
{
    public Task<ControlReply> SendAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        dispatcher.DispatchAsync(operation, request, cancellationToken);

    public ValueTask DisposeAsync()
    {
        installation.Dispose();
        homeLock.Dispose();
        return ValueTask.CompletedTask;
    }
}
