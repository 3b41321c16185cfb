using System.Net;

namespace SecretsFirewall.Admin;

/// <summary>Where the admin plane listens.</summary>
/// <param name="Tcp">For <c>/healthz</c> and <c>/version</c>, and nothing else.</param>
/// <param name="ControlSocket">The Unix socket of the operations.</param>
internal sealed record AdminOptions(IPEndPoint Tcp, string ControlSocket);
