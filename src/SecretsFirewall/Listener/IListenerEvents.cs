using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>What the listener saw that is no exchange: an auditor wants to know.</summary>
internal interface IListenerEvents
{
    /// <summary>A connection ended before there was a tunnel or a request.</summary>
    /// <param name="agent">Null where nobody had said who it is.</param>
    void HandshakeRefused(HandshakeFault fault, AgentIdentity? agent = null);

    /// <summary>A tunnel ended without a request.</summary>
    void TunnelRefused(Tunnel tunnel, TunnelFault fault);

    /// <summary>A request whose head or framing the server could not read; it was answered and nothing was forwarded.</summary>
    /// <param name="tunnel">Null outside a tunnel, where a request says itself who sends it.</param>
    /// <param name="status">The status that the client was given; null where the connection or stream was ended instead.</param>
    void RequestUnread(Tunnel? tunnel, int? status);

    /// <summary>Wrong or missing credentials.</summary>
    /// <param name="host">Null where the client had not said it yet.</param>
    void AuthenticationFailed(string? host, int port);
}
