namespace SecretsFirewall.Listener;

/// <summary>Why a tunnel ended without a request. Nothing of it was forwarded.</summary>
internal enum TunnelFault
{
    /// <summary>Its first bytes were neither TLS nor, where that may come, plain HTTP.</summary>
    NotTls = 0,

    /// <summary>It began like TLS and was no ClientHello.</summary>
    MalformedHello,

    /// <summary>The client offers nothing from TLS 1.2 on.</summary>
    TlsTooOld,

    /// <summary>The client's own name for the host is encrypted, and it would not go on without.</summary>
    EncryptedHello,

    /// <summary>The client broke off the handshake: most likely it does not trust our authority.</summary>
    CertificateRejected,

    /// <summary>The rest of its first message did not come.</summary>
    TimedOut,

    /// <summary>A tunnel that may be carried unread asks for another name inside, or for none.</summary>
    ServerName,
}
