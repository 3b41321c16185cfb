using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>A tunnel that somebody known asked for, and what is still to be answered in the protocol that it was asked in.</summary>
/// <param name="Accepted">The answer before the first byte inside.</param>
/// <param name="NoRoom">The answer where there are too many tunnels.</param>
/// <param name="MayBeClear">Whether plain HTTP may come inside: see <see cref="TunnelEntrance"/>.</param>
internal sealed record TunnelRequest(
    AgentIdentity Agent, string Host, int Port, ReadOnlyMemory<byte> Accepted, ReadOnlyMemory<byte> NoRoom, bool MayBeClear);
