namespace SecretsFirewall.Model;

/// <summary>
/// What a client asked for with CONNECT, set on the connection's features: the name and port that every request inside is held against.
/// </summary>
public sealed class Tunnel
{
    public required AgentIdentity Agent { get; init; }

    /// <summary>The normalised name of the CONNECT target.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>The name that the client asked for inside TLS, if it differs from <see cref="Host"/>: every request is answered 421.</summary>
    public string? MismatchedServerName { get; set; }

    /// <summary>True where the agent's authority does not vouch for the name. A client that looks at its constraints breaks off; whoever goes on is refused.</summary>
    public bool IsBeyondAuthority { get; set; }

    /// <summary>False after a failed handshake: the client would not have our leaf.</summary>
    public bool TlsEstablished { get; set; }
}
