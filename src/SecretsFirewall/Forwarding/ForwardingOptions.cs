namespace SecretsFirewall.Forwarding;

/// <summary>How upstreams are reached.</summary>
internal sealed record ForwardingOptions
{
    /// <summary>PEM files of authorities trusted beside the system's, for closed networks and tests.</summary>
    public IReadOnlyList<string> CaFiles { get; init; } = [];

    /// <summary><c>name:port</c> → <c>address:port</c>, like curl's <c>--resolve</c>. The operator's word: such an address may be private.</summary>
    public IReadOnlyDictionary<string, string> Hosts { get; init; } = new Dictionary<string, string>();

    /// <summary>Name, TCP and TLS together. Longer than a slow handshake over a bad line, shorter than an agent's patience.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without a byte in either direction for this long an exchange ends. Models think for minutes before their first token.</summary>
    public TimeSpan ActivityTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A connection is made anew after this long, so that a changed address is noticed.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>HTTP/2 is preferred: it halves the cost of small requests and of idle streams.</summary>
    public bool Http2 { get; init; } = true;

    /// <summary>Whether requests and answers carry us in <c>Via</c>. Off: some services turn away what comes through a proxy, and the field may be signed.</summary>
    public bool Via { get; init; }
}
