using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using Yarp.ReverseProxy.Forwarder;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Looks at an upstream's answer before the client sees a byte of it; false where the answer must not be passed on (the exchange then holds
/// the refusal).
/// </summary>
internal delegate ValueTask<bool> ResponseStep(HttpContext context, HttpResponseMessage response);

/// <summary>Looks at the trailers that are about to follow a body.</summary>
internal delegate void TrailerStep(HttpContext context);

/// <summary>
/// The upstream leg. What leaves is what the steps before made of the request; the answer goes through <paramref name="onResponse"/> and
/// <paramref name="onTrailers"/>. <paramref name="pseudonym"/> is our name in <c>Via</c>, where one is wanted.
/// </summary>
internal sealed class Forwarder(IHttpForwarder forwarder, UpstreamClients clients, ResponseStep onResponse, TrailerStep onTrailers, string pseudonym)
{
    private readonly UpstreamTransformer _transformer = new(onResponse, onTrailers, clients.Options.Via ? pseudonym : null);

    private readonly ForwarderRequestConfig _config = new()
    {
        ActivityTimeout = clients.Options.ActivityTimeout,
        Version = clients.Options.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    public async Task ForwardAsync(HttpContext context)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var error = await forwarder.SendAsync(
            context, exchange.Destination.ToString(), clients.For(exchange.AllowPrivate), _config, _transformer, context.RequestAborted);
        exchange.Transfer = Outcome(error);
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (UpstreamFailures.OurOwn(exception) is { } refused)
        {
            exchange.Fault ??= refused.InnerException;
            exchange.Refuse(refused.Refusal); // ours, whichever body the forwarder blames
        }
        else if (UpstreamFailures.Causes(exception).Any(IsMalformedBody))
        {
            exchange.Transfer = TransferOutcome.Failed; // cut upstream, and by us: the client is still there
            exchange.Refuse(new Refusal(RefusalCode.MalformedRequest, "The framing of the request's body is malformed; the upstream did not get a whole request.", Rule: "syntax"));
        }
        else if (exchange.Transfer is TransferOutcome.Failed or TransferOutcome.UpstreamAborted)
        {
            exchange.Refuse(UpstreamFailures.Explain(exception, timedOut: error is ForwarderError.RequestTimedOut));
        }
    }

    private static TransferOutcome Outcome(ForwarderError error) => error switch
    {
        ForwarderError.None => TransferOutcome.Completed,
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
            or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled => TransferOutcome.ClientAborted,
        ForwarderError.ResponseBodyDestination => TransferOutcome.UpstreamAborted,
        _ => TransferOutcome.Failed,
    };

    /// <summary>As the server reports it; a chunk size beyond all numbers is an overflow.</summary>
    private static bool IsMalformedBody(Exception cause) => cause is BadHttpRequestException or IOException { InnerException: OverflowException };
}
