namespace SecretsFirewall.Model;

/// <summary>What a destination is for. The policy says which hosts are which; a host that it does not list is <see cref="Other"/>.</summary>
public enum DestinationKind
{
    /// <summary>Not listed by the policy.</summary>
    Other = 0,

    /// <summary>An API that an agent acts through (GitHub, Slack, an MCP server).</summary>
    Tool,

    /// <summary>A package index or version control host.</summary>
    Registry,

    /// <summary>A model provider.</summary>
    Llm,
}

/// <summary>
/// Where an exchange goes: scheme (<c>https</c> or <c>http</c>), host as <see cref="HostName"/> normalises it, and port.
/// Two destinations are equal exactly if a connection made for one may carry the other's request.
/// </summary>
public sealed record Destination(string Scheme, string Host, int Port)
{
    /// <summary>True if the upstream leg is encrypted.</summary>
    public bool IsTls => Scheme == "https";

    /// <summary><c>host</c> or <c>host:port</c> where the port is not the scheme's own; IPv6 in brackets.</summary>
    public string Authority => IsDefaultPort ? BracketedHost : $"{BracketedHost}:{Port}";

    /// <summary><c>host:port</c>, always with the port.</summary>
    public string HostAndPort => $"{BracketedHost}:{Port}";

    private bool IsDefaultPort => Port == (IsTls ? 443 : 80);

    private string BracketedHost => Host.Contains(':') ? $"[{Host}]" : Host;

    public override string ToString() => $"{Scheme}://{Authority}";
}
