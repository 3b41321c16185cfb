using System.Net;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Admin;

/// <summary>Where the admin plane listens.</summary>
/// <param name="Tcp">For <c>/healthz</c>, <c>/version</c> and <c>/metrics</c>, and nothing else.</param>
/// <param name="ControlSocket">The Unix socket of the operations.</param>
/// <param name="Health">What <c>/healthz</c> says; agents can ask, so it is a word and no more.</param>
/// <param name="Metrics">What <c>/metrics</c> says to everybody; null where nobody opened it.</param>
internal sealed record AdminOptions(IPEndPoint Tcp, string ControlSocket, Func<PolicyHealth>? Health = null, Func<string>? Metrics = null)
{
    /// <summary>The text format of Prometheus.</summary>
    public const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";
}
