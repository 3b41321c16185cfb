using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

/// <summary>Keeps what the listener tells, one line each.</summary>
internal sealed class ListenerEventsList : IListenerEvents
{
    public List<string> Told { get; } = [];

    public void HandshakeRefused(HandshakeFault fault, AgentIdentity? agent = null) => Told.Add($"{fault} {agent?.Name}".TrimEnd());

    public void TunnelRefused(Tunnel tunnel, TunnelFault fault) => Told.Add($"{fault} {tunnel.Destination}");

    public void RequestUnread(Tunnel? tunnel, int? status) => Told.Add($"RequestUnread {tunnel?.Destination} {status}".TrimEnd());

    public void AuthenticationFailed(string? host, int port) => Told.Add($"AuthenticationFailed {host}".TrimEnd());
}
