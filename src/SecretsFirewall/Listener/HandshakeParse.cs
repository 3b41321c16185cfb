namespace SecretsFirewall.Listener;

/// <summary>What reading one message of a handshake gave.</summary>
internal enum HandshakeParse
{
    /// <summary>No message of the protocol: the connection ends.</summary>
    Malformed = 0,
    NeedMore,
    Done,
}
