using System.Net;
using SecretsFirewall.Listener;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli.Environments;

/// <summary>Where the agent's runtimes are to find the proxy and what they are to trust.</summary>
/// <param name="Proxy">The address that the agent connects to.</param>
/// <param name="Agent">The user of the proxy URL; null for agent <c>local</c>, which needs no credentials.</param>
/// <param name="Token">The password of the proxy URL.</param>
/// <param name="CaBundle">PEM: the system's roots and ours.</param>
/// <param name="JavaTrustStore">PKCS#12 of the same, or null where there is no Java.</param>
internal sealed record AgentConnection(IPEndPoint Proxy, string? Agent, string? Token, string CaBundle, string? JavaTrustStore)
{
    /// <summary>Whoever listens on every address is reached on loopback.</summary>
    public static IPEndPoint Reachable(IPEndPoint listener) =>
        listener.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, listener.Port)
        : listener.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, listener.Port)
        : listener;

    public string ProxyUrl => $"http://{UserInfo}{Proxy}";

    /// <summary>The same port speaks SOCKS5; <c>h</c>, since names are for the proxy to look up.</summary>
    public string SocksUrl => $"socks5h://{UserInfo}{Proxy}";

    private string UserInfo => Agent is null ? "" : $"{Uri.EscapeDataString(Agent)}:{Token}@";
}

/// <summary>
/// Every variable that a runtime looks at to find a proxy or roots to trust. Which runtime reads which was tried with real clients:
/// no smaller set reaches them all. They overwrite what the caller has set, since a preset bundle or a <c>NO_PROXY=*</c>
/// would lead around the firewall.
/// </summary>
internal static class AgentEnvironment
{
    /// <summary>Loopback alone goes direct: an agent's own servers are not egress.</summary>
    public const string NoProxy = "localhost,127.0.0.1,::1";

    /// <summary>Variables that would lead around those that are set.</summary>
    public static IReadOnlyList<string> Removed { get; } =
        ["SSL_CERT_DIR", "npm_config_proxy", "npm_config_https_proxy", "npm_config_noproxy", "npm_config_cafile"];

    private static readonly string[] BundleVariables =
    [
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "PIP_CERT",
        "GIT_SSL_CAINFO",
        "CARGO_HTTP_CAINFO",
        "AWS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "DENO_CERT",
        "CODEX_CA_CERTIFICATE",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
        "HTTPLIB2_CA_CERTS",
        "NIX_SSL_CERT_FILE",
    ];

    public static IReadOnlyList<EnvironmentVariable> For(AgentConnection connection)
    {
        var variables = new List<EnvironmentVariable>();

        // Some runtimes read the upper-case name only, some the lower-case one first.
        AddBoth(variables, "HTTPS_PROXY", connection.ProxyUrl);
        AddBoth(variables, "HTTP_PROXY", connection.ProxyUrl);

        // For what is no HTTP. Who reads the upper-case name takes SOCKS or another proxy by scheme (Go's x/net/proxy, reqwest, deno); Python and curl
        // read the lower-case one first, and Python's httpx does not even start with a SOCKS URL unless an extra package is there. Where names
        // have no case (Windows) the second one stays.
        variables.Add(new("ALL_PROXY", connection.SocksUrl));
        variables.Add(new("all_proxy", connection.ProxyUrl));
        AddBoth(variables, "NO_PROXY", NoProxy);
        variables.Add(new("NODE_USE_ENV_PROXY", "1"));
        variables.AddRange(BundleVariables.Select(name => new EnvironmentVariable(name, connection.CaBundle)));
        if (connection.JavaTrustStore is not null)
        {
            variables.Add(new("JAVA_TOOL_OPTIONS", JavaToolOptions(connection)));
        }

        return variables;
    }

    /// <summary>
    /// For clients that use no proxy or cannot trust our authority: where each looks for its API. The names are those of the shipped policies.
    /// </summary>
    public static IReadOnlyList<EnvironmentVariable> BaseUrls(AgentConnection connection)
    {
        var origin = $"http://{connection.Proxy}";
        var variables = new List<EnvironmentVariable>
        {
            new("ANTHROPIC_BASE_URL", $"{origin}/@anthropic"),
            new("OPENAI_BASE_URL", $"{origin}/@openai/v1"),
            new("GOOGLE_GEMINI_BASE_URL", $"{origin}/@google"),
        };
        if (connection.Agent is not null)
        {
            // Claude Code reads it; the SDKs take the field as one of their default headers.
            variables.Add(new("ANTHROPIC_CUSTOM_HEADERS", $"{BaseUrlRequests.TokenField}: {connection.Agent}:{connection.Token}"));
        }

        return variables;
    }

    /// <summary>Makes <paramref name="target"/>, a copy of our own variables, what an agent is to have.</summary>
    public static void Apply(IDictionary<string, string?> target, IReadOnlyList<EnvironmentVariable> variables)
    {
        foreach (var name in Removed)
        {
            target.Remove(name);
        }

        // The key that opens the vault is for us alone.
        target.Remove(MasterKeySource.Variable);
        foreach (var (name, value) in variables)
        {
            target[name] = value;
        }
    }

    private static void AddBoth(List<EnvironmentVariable> variables, string name, string value)
    {
        variables.Add(new(name, value));
        variables.Add(new(name.ToLowerInvariant(), value));
    }

    /// <summary>
    /// Java reads no proxy variables and takes no credentials from here: it goes through as agent <c>local</c>, or its program sets an
    /// <c>Authenticator</c>, for which <c>disabledSchemes</c> is emptied (it forbids Basic over CONNECT by default).
    /// </summary>
    private static string JavaToolOptions(AgentConnection connection)
    {
        string[] options =
        [
            $"-Dhttps.proxyHost={connection.Proxy.Address}",
            $"-Dhttps.proxyPort={connection.Proxy.Port}",
            $"-Dhttp.proxyHost={connection.Proxy.Address}",
            $"-Dhttp.proxyPort={connection.Proxy.Port}",
            "-Dhttp.nonProxyHosts=localhost|127.*|[::1]",
            "-Djdk.http.auth.tunneling.disabledSchemes=",
            $"-Djavax.net.ssl.trustStore={connection.JavaTrustStore}",
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            $"-Djavax.net.ssl.trustStorePassword={JavaTrustStores.Password}",
        ];
        return string.Join(' ', options.Select(o => o.Contains(' ', StringComparison.Ordinal) ? $"\"{o}\"" : o));
    }
}
