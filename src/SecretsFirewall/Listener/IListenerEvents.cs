using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>What the listener saw that is no exchange: an auditor wants to know.</summary>
internal interface IListenerEvents
{
    /// <summary>Bytes that are not TLS in a tunnel: nothing was forwarded, the tunnel is closed.</summary>
    void NotTls(Tunnel tunnel);

    /// <summary>The client broke off the handshake: most likely it does not trust our authority.</summary>
    void ClientRejectedCertificate(Tunnel tunnel);

    /// <summary>A request whose head or framing the server could not read; it was answered and nothing was forwarded.</summary>
    /// <param name="tunnel">Null outside a tunnel, where a request says itself who sends it.</param>
    /// <param name="status">The status that the client was given; null where the connection or stream was ended instead.</param>
    void RequestUnread(Tunnel? tunnel, int? status);

    /// <summary>Wrong or missing credentials.</summary>
    void AuthenticationFailed(string host, int port);
}
