using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using Yarp.ReverseProxy.Forwarder;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// What differs between the two legs: the target is sent byte for byte, hop-by-hop fields stay here (the base class), and our own fields
/// (<c>X-SFW-*</c>) are read by us and by nobody else.
/// </summary>
internal sealed class UpstreamTransformer(ResponseStep onResponse, TrailerStep onTrailers) : HttpTransformer
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var target = httpContext.Features.GetRequiredFeature<Exchange>().Target;
        proxyRequest.RequestUri = new Uri(destinationPrefix + target, in AsWritten);
        proxyRequest.Headers.Remove("Expect"); // answered by us: the body was read or is being read
        foreach (var field in httpContext.Request.Headers.Keys)
        {
            if (field.StartsWith("X-SFW-", StringComparison.OrdinalIgnoreCase))
            {
                proxyRequest.Headers.Remove(field);
            }
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        return proxyResponse is null ? copyBody : await onResponse(httpContext, proxyResponse) && copyBody;
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        onTrailers(httpContext);
    }
}
