namespace SecretsFirewall.Listener.Socks;

/// <summary>Answers to a request (RFC 1928 section 6). What policy refuses is none of them: it is answered inside the tunnel, as with CONNECT.</summary>
internal enum SocksReply : byte
{
    Succeeded = 0,

    /// <summary>A target that is no host or no port, or too many tunnels.</summary>
    GeneralFailure = 1,
    CommandNotSupported = 7,
    AddressTypeNotSupported = 8,
}
