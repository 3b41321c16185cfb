namespace SecretsFirewall.Model;

/// <summary>
/// What a client asked for with CONNECT or SOCKS, set on the connection's features: the name and port that every request inside is held against.
/// </summary>
public sealed class Tunnel
{
    public required AgentIdentity Agent { get; init; }

    /// <summary>The normalised name of the target.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>True where requests inside come without TLS: in a SOCKS tunnel alone, whose client has no other way to ask for an http URL.</summary>
    public bool IsClear { get; set; }

    /// <summary>The name that the client asked for inside TLS, if it differs from <see cref="Host"/>: every request is answered 421.</summary>
    public string? MismatchedServerName { get; set; }

    /// <summary>True if no certificate was made, since the agent has named too many hosts: the handshake ends.</summary>
    public bool NamesUsedUp { get; set; }

    /// <summary>True where the agent's authority does not vouch for the name. A client that looks at its constraints breaks off; whoever goes on is refused.</summary>
    public bool IsBeyondAuthority { get; set; }

    /// <summary>False after a failed handshake: the client would not have our leaf.</summary>
    public bool TlsEstablished { get; set; }

    /// <summary>What every exchange inside goes to.</summary>
    public Destination Destination => new(IsClear ? "http" : "https", Host, Port);
}
