using System.Net;
using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.Admin.Api;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Admin;

/// <summary>Where the admin plane listens.</summary>
/// <param name="Tcp">For <c>/healthz</c>, <c>/version</c>, <c>/metrics</c> and the API.</param>
/// <param name="ControlSocket">The Unix socket of the operations.</param>
/// <param name="Health">What <c>/healthz</c> says; agents can ask, so it is a word and no more.</param>
/// <param name="Metrics">What <c>/metrics</c> says to whoever shows an admin token; null for nothing.</param>
internal sealed record AdminOptions(IPEndPoint Tcp, string ControlSocket, Func<PolicyHealth>? Health = null, Func<string>? Metrics = null)
{
    /// <summary>The text format of Prometheus.</summary>
    public const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Whether <c>/metrics</c> is said to everybody.</summary>
    public bool OpenMetrics { get; init; }

    /// <summary>What answers below <c>/v1/</c>; null for none.</summary>
    public AdminApi? Api { get; init; }

    /// <summary>With its key; null on loopback, where no TLS is needed.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Names that <c>Host</c> may have, beside addresses and localhost.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
