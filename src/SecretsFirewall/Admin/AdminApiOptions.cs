namespace SecretsFirewall.Admin;

/// <summary>How the admin API is reached from elsewhere. On loopback none of it is needed.</summary>
internal sealed record AdminApiOptions
{
    /// <summary>A certificate and its key, both PEM, in this order. Outside loopback nothing starts without them: tokens pass there.</summary>
    public IReadOnlyList<string> TlsFiles { get; init; } = [];

    /// <summary>Names by which it may be asked for, beside addresses and localhost: a name that a page's owner rebinds to us is none of them.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
