using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;
using Yarp.ReverseProxy.Forwarder;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// What differs between the two legs: the target is sent byte for byte, hop-by-hop fields stay here (the base class), and our own fields
/// (<c>X-SFW-*</c>) are read by us and by nobody else. What an agent says about its own way (<c>Forwarded</c>, <c>X-Forwarded-*</c>, <c>Via</c>)
/// passes as it came, and nothing about the agent's address is added.
/// </summary>
/// <param name="viaName">Our name in <c>Via</c> (RFC 9110 section 7.6.3); null for none.</param>
internal sealed class UpstreamTransformer(ResponseStep onResponse, TrailerStep onTrailers, string? viaName) : HttpTransformer
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var exchange = httpContext.Features.GetRequiredFeature<Exchange>();
        proxyRequest.RequestUri = new Uri(destinationPrefix + exchange.Target, in AsWritten);
        if (httpContext.Request.Host.Host.EndsWith('.'))
        {
            proxyRequest.Headers.Host = exchange.Destination.Authority; // else the name of the upstream's certificate would have to end so as well
        }

        if (SignsConnectionIn(httpContext.Request.Headers.Authorization))
        {
            proxyRequest.Headers.ConnectionClose = true; // it would be another agent's next
        }

        proxyRequest.Headers.Remove("Expect"); // answered by us: the body was read or is being read
        foreach (var field in httpContext.Request.Headers.Keys)
        {
            if (field.StartsWith("X-SFW-", StringComparison.OrdinalIgnoreCase))
            {
                proxyRequest.Headers.Remove(field);
            }
        }

        if (viaName is not null)
        {
            proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.Via, $"{(HttpProtocol.IsHttp2(httpContext.Request.Protocol) ? "2" : "1.1")} {viaName}");
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
        {
            return copyBody;
        }

        var headers = httpContext.Response.Headers;
        headers.Remove(HeaderNames.AltSvc); // another protocol on another port (RFC 7838): a way around us
        if (viaName is not null)
        {
            headers.Append(HeaderNames.Via, $"{(proxyResponse.Version.Major == 2 ? "2" : "1.1")} {viaName}");
        }

        return await onResponse(httpContext, proxyResponse) && copyBody;
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        onTrailers(httpContext);
    }

    /// <summary>Schemes after which some servers take every request on the connection for the same client's (RFC 4559 section 6).</summary>
    private static bool SignsConnectionIn(string? authorization) =>
        authorization is not null
        && (authorization.StartsWith("NTLM", StringComparison.OrdinalIgnoreCase) || authorization.StartsWith("Negotiate", StringComparison.OrdinalIgnoreCase));
}
