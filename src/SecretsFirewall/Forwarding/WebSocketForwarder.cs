using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Forwarding;

/// <summary>Moves the frames of a WebSocket between the two legs until it ends.</summary>
internal delegate Task FrameRelay(HttpContext context, Stream client, Stream upstream);

/// <summary>
/// The upstream leg of a WebSocket. It is always an HTTP/1.1 upgrade, whichever version the client speaks: frames are the same over both (RFC 8441 section 5), and
/// every server of WebSockets knows this one. The client is not answered before the upstream has agreed.
/// <code>
///   GET, Upgrade   or  CONNECT, :protocol        ─► GET, Upgrade, a key of ours ─► upstream
///   101, its own accept  or  200                 ◄─ 101, checked ◄────────────────┤
///   the answer, inspected as any                 ◄─ anything else ◄───────────────┘
/// </code>
/// </summary>
internal sealed class WebSocketForwarder(UpstreamClients clients, ResponseStep onResponse, FrameRelay relay, string pseudonym)
{
    private const string Protocol = "websocket";
    private const string Key = "Sec-WebSocket-Key";
    private const string Accept = "Sec-WebSocket-Accept";

    private readonly UpstreamTransformer _transformer = new(onResponse, static _ => { }, clients.Options.Via ? pseudonym : null);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.WebSocket is { } upgrade ? UpgradeAsync(context, exchange, upgrade) : next(context);
    }

    private async Task UpgradeAsync(HttpContext context, Exchange exchange, WebSocketUpgrade upgrade)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(clients.Options.ActivityTimeout);
        try
        {
            await ForwardAsync(context, exchange, upgrade, patience);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            Fail(context, exchange, e);
        }
    }

    private async Task ForwardAsync(HttpContext context, Exchange exchange, WebSocketUpgrade upgrade, CancellationTokenSource patience)
    {
        var key = WebSocketKeys.Create();
        using var request = await RequestAsync(context, exchange, key, patience.Token);
        using var response = await clients.For(exchange.AllowPrivate).SendAsync(request, patience.Token);
        patience.CancelAfter(Timeout.InfiniteTimeSpan);
        if (Check(context, response, key) is { } refusal)
        {
            exchange.Transfer = TransferOutcome.Failed;
            exchange.Refuse(refusal);
            return;
        }

        response.Headers.Remove(Accept); // the client gets its own
        context.Response.StatusCode = (int)response.StatusCode;
        if (!await _transformer.TransformResponseAsync(context, response, patience.Token))
        {
            exchange.Transfer = TransferOutcome.Completed;
            return;
        }

        if (response.StatusCode is not HttpStatusCode.SwitchingProtocols)
        {
            await response.Content.CopyToAsync(context.Response.Body, patience.Token);
            exchange.Transfer = TransferOutcome.Completed;
            return;
        }

        await using var upstream = await response.Content.ReadAsStreamAsync(patience.Token);
        var client = await UpgradeAsync(context, upgrade);
        await relay(context, client, upstream);
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpContext context, Exchange exchange, string key, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await _transformer.TransformRequestAsync(context, request, exchange.Destination.ToString(), cancellationToken);
        request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
        request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, Protocol);
        request.Headers.TryAddWithoutValidation(Key, key);
        return request;
    }

    /// <summary>RFC 6455 section 4.1: what an answer must be before it is one.</summary>
    private static Refusal? Check(HttpContext context, HttpResponseMessage response, string key)
    {
        if (response.StatusCode is not HttpStatusCode.SwitchingProtocols)
        {
            // Over HTTP/2 any 2xx would tell the client that frames follow.
            return context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } && response.IsSuccessStatusCode
                ? new(RefusalCode.UpstreamProtocol, "The upstream answered, but did not change to WebSocket.", Rule: "websocket")
                : null;
        }

        return Is(response, HeaderNames.Upgrade, Protocol, StringComparison.OrdinalIgnoreCase)
            && response.Headers.Connection.Any(static option => option.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase))
            && Is(response, Accept, WebSocketKeys.AcceptFor(key), StringComparison.Ordinal)
            ? null
            : new(RefusalCode.UpstreamProtocol, "The upstream's answer to the WebSocket handshake is not valid.", Rule: "websocket");
    }

    private static bool Is(HttpResponseMessage response, string field, string value, StringComparison comparison) =>
        response.Headers.NonValidated.TryGetValues(field, out var values) && values.Count == 1 && string.Equals(values.ToString(), value, comparison);

    private static async Task<Stream> UpgradeAsync(HttpContext context, WebSocketUpgrade upgrade)
    {
        var headers = context.Response.Headers;
        headers.Remove(HeaderNames.ContentLength);
        if (upgrade.Accept is null)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
        }

        headers.Upgrade = Protocol;
        headers.SecWebSocketAccept = upgrade.Accept;
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    private static void Fail(HttpContext context, Exchange exchange, Exception failure)
    {
        if (UpstreamFailures.OurOwn(failure) is { } refused)
        {
            exchange.Transfer = TransferOutcome.Failed;
            exchange.Fault ??= refused.InnerException;
            exchange.Refuse(refused.Refusal);
        }
        else if (context.RequestAborted.IsCancellationRequested)
        {
            exchange.Transfer = TransferOutcome.ClientAborted;
        }
        else
        {
            exchange.Transfer = context.Response.HasStarted ? TransferOutcome.UpstreamAborted : TransferOutcome.Failed;
            exchange.Refuse(UpstreamFailures.Explain(failure, timedOut: failure is OperationCanceledException));
        }

        if (context.Response.HasStarted)
        {
            context.Abort(); // what is under way does not end as if it were whole
        }
    }
}
