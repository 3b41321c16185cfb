using System.Net;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Admin;

/// <summary>Where the admin plane listens.</summary>
/// <param name="Tcp">For <c>/healthz</c> and <c>/version</c>, and nothing else.</param>
/// <param name="ControlSocket">The Unix socket of the operations.</param>
/// <param name="Health">What <c>/healthz</c> says; agents can ask, so it is a word and no more.</param>
internal sealed record AdminOptions(IPEndPoint Tcp, string ControlSocket, Func<PolicyHealth>? Health = null);
