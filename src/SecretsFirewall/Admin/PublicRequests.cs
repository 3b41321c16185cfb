using System.Net;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <summary>
/// Who may ask on TCP. A page in a browser can make requests to loopback, and by a name that it rebinds to us it could read the answers:
/// so a request names an address or <c>localhost</c>, and comes from no page at all.
/// </summary>
internal static class PublicRequests
{
    public static bool IsAllowed(HttpRequest request, IReadOnlyList<string> names) =>
        request.Headers.Origin.Count == 0
        && request.Headers["Sec-Fetch-Site"].Count == 0
        && IsOurs(request.Host.Host, names);

    // A rebound name is a name: an address cannot be rebound, and browsers resolve localhost themselves. Other names are the operator's word.
    private static bool IsOurs(string host, IReadOnlyList<string> names) =>
        HostName.TryNormalise(host, out var name) == HostNameError.None && (name == "localhost" || IPAddress.TryParse(name, out _) || names.Contains(name));
}
