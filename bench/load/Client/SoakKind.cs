namespace SecretsFirewall.Load.Client;

/// <summary>What a soak does, all at once.</summary>
internal enum SoakKind
{
    /// <summary>JSON with a registered value, masked on its way out.</summary>
    Post = 0,

    /// <summary>A prompt and its streamed answer.</summary>
    Events,

    /// <summary>16 MB down.</summary>
    Download,

    /// <summary>16 MB up.</summary>
    Upload,

    /// <summary>A WebSocket with some messages, one of them with a registered value.</summary>
    Socket,

    /// <summary>A new connection to one of 200 names.</summary>
    Tunnel,

    /// <summary>A request that is refused.</summary>
    Refusal,

    /// <summary>A client that goes away in mid-upload.</summary>
    Abort,
}
