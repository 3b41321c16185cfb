using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Reads a client's wish to go on in WebSocket frames, before anything is decided: by <c>Upgrade</c> over HTTP/1.1 (RFC 6455 section 4.2.1), by extended CONNECT over
/// HTTP/2 (RFC 8441). Of the extensions it offers those remain that can be read; its key ends here, since each leg has its own.
/// </summary>
internal static class UpgradeCheck
{
    private const string Protocol = "websocket";

    /// <summary>Why the wish cannot be granted; null if it can, or if there is none. Other protocols than WebSocket are no wish over HTTP/1.1: the field is dropped.</summary>
    public static Refusal? Read(HttpContext context, Exchange exchange) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect ? ReadConnect(context, exchange, connect)
        : context.Request.Headers.Upgrade.Any(static value => value is not null && value.Contains(Protocol, StringComparison.OrdinalIgnoreCase)) ? ReadUpgrade(context, exchange)
        : null;

    private static Refusal? ReadConnect(HttpContext context, Exchange exchange, IHttpExtendedConnectFeature connect)
    {
        if (!string.Equals(connect.Protocol, Protocol, StringComparison.Ordinal))
        {
            return Refused("An extended CONNECT can be for the protocol websocket only.");
        }

        return HasVersion(context.Request.Headers) ? Take(context.Request.Headers, exchange, accept: null) : WrongVersion;
    }

    private static Refusal? ReadUpgrade(HttpContext context, Exchange exchange)
    {
        var headers = context.Request.Headers;
        if (exchange.Method != HttpMethods.Get
            || !string.Equals(headers.Upgrade, Protocol, StringComparison.OrdinalIgnoreCase)
            || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
        {
            return Refused("A WebSocket begins with GET over HTTP/1.1, with Upgrade: websocket and Connection: Upgrade.");
        }

        var key = headers.SecWebSocketKey.Count == 1 ? headers.SecWebSocketKey[0] : null;
        return !HasVersion(headers) ? WrongVersion
            : !WebSocketKeys.IsValid(key) ? Refused("The field Sec-WebSocket-Key is missing or malformed.")
            : Take(headers, exchange, WebSocketKeys.AcceptFor(key!));
    }

    private static Refusal? Take(IHeaderDictionary headers, Exchange exchange, string? accept)
    {
        headers.Remove("Sec-WebSocket-Key");
        var offer = PerMessageDeflate.NarrowOffer(headers.SecWebSocketExtensions);
        headers.Remove("Sec-WebSocket-Extensions");
        if (offer.Length > 0)
        {
            headers.SecWebSocketExtensions = offer;
        }

        exchange.WebSocket = new WebSocketUpgrade(accept, offer);
        return null;
    }

    private static bool HasVersion(IHeaderDictionary headers) => headers.SecWebSocketVersion is { Count: 1 } version && version[0] == "13";

    private static Refusal WrongVersion { get; } = Refused("Sec-WebSocket-Version must be 13.");

    private static Refusal Refused(string detail) => new(
        RefusalCode.UpgradeRefused, detail, Rule: "upgrade", Advice: "Use plain HTTP with server-sent events, or a WebSocket client by RFC 6455.");
}
