namespace SecretsFirewall.Listener;

/// <summary>Why a connection ended before there was a tunnel or a request.</summary>
internal enum HandshakeFault
{
    /// <summary>A CONNECT head or a SOCKS message that nobody could read in one way.</summary>
    Malformed = 0,
    TooLarge,

    /// <summary>The rest of it did not come.</summary>
    TimedOut,

    /// <summary>A ClientHello to our own listener, which speaks TLS to nobody.</summary>
    TlsToUs,

    /// <summary>BIND or UDP ASSOCIATE: ways out that nobody reads here.</summary>
    SocksCommand,

    /// <summary>The agent has too many tunnels open.</summary>
    TooManyTunnels,

    /// <summary>The process holds as many connections as it can.</summary>
    TooManyConnections,
}
