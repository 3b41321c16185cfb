using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Refuses requests whose meaning could differ between us and the upstream, before anything is decided about them.
/// </summary>
/// <param name="pseudonym">Our name in <c>Via</c>.</param>
internal sealed class BypassMiddleware(string pseudonym)
{
    /// <summary>Fields that a decision rests on: a <c>Connection</c> field that would have them dropped on the way is no accident.</summary>
    private static readonly HashSet<string> NeverHopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Host", "Cookie", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "X-Api-Key",
    };

    /// <summary>Symfony, IIS and others put these in place of the path; between an agent and its upstream nobody has cause to.</summary>
    private static readonly string[] PathOverrides = ["X-Original-URL", "X-Rewrite-URL"];

    private static readonly string[] ConnectionFields = ["Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade"];

    /// <summary>RFC 9110 section 5.6.2.</summary>
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>All but the tab (RFC 9110 section 5.5).</summary>
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Where(static c => c != '\t').Select(static c => (char)c)]);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is null && Check(context, exchange) is { } refusal)
        {
            exchange.Refuse(refusal);
        }

        return next(context);
    }

    private Refusal? Check(HttpContext context, Exchange exchange)
    {
        var headers = context.Request.Headers;
        if (CheckFields(context.Request.Protocol, headers) is { } unclear)
        {
            return unclear;
        }

        if (ViaField.Names(headers.Via, pseudonym))
        {
            return new(RefusalCode.ProxyLoop, "The request has passed through this firewall already.", Rule: "via", Advice: "Look at the proxy settings of whoever sent it on.");
        }

        if (HttpMethods.IsTrace(exchange.Method) || exchange.Method == "TRACK" || HttpMethods.IsConnect(exchange.Method))
        {
            return new(RefusalCode.BypassAttempt, "TRACE, and CONNECT inside a tunnel, are refused.", Rule: "methods");
        }

        if (HttpMethods.GetCanonicalizedValue(exchange.Method) != exchange.Method)
        {
            return new(
                RefusalCode.MalformedRequest, "The method is a known one in another case, which servers read differently.", Rule: "syntax",
                Advice: "Methods are case-sensitive (RFC 9110 section 9.1): write them in upper case.");
        }

        if (headers.TransferEncoding.Count > 0 && HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            return new(RefusalCode.MalformedRequest, "HTTP/1.0 has no transfer codings.", Rule: "syntax"); // RFC 9112 section 6.1
        }

        if (headers.TransferEncoding.Count > 0 && !string.Equals(headers.TransferEncoding, "chunked", StringComparison.OrdinalIgnoreCase))
        {
            return new(RefusalCode.MalformedRequest, "Chunked is the only transfer coding of a request that is read here.", Rule: "syntax");
        }

        if (exchange.Target.AsSpan().ContainsAnyExceptInRange('!', '~') || exchange.Target.Contains('#'))
        {
            return new(RefusalCode.MalformedRequest, "The request target holds characters that no URL has.", Rule: "syntax");
        }

        if (headers[HeaderNames.ContentType].Count > 1 || headers[HeaderNames.ContentEncoding].Count > 1 || headers[HeaderNames.Authorization].Count > 1)
        {
            return new(RefusalCode.MalformedRequest, "A field that may stand once stands twice.", Rule: "syntax");
        }

        if (Array.Exists(PathOverrides, headers.ContainsKey))
        {
            return new(RefusalCode.BypassAttempt, "A field asks the upstream to take the request for another path.", Rule: "path_override");
        }

        if (headers.Expect.Count > 0 && !string.Equals(headers.Expect, "100-continue", StringComparison.OrdinalIgnoreCase))
        {
            return new(RefusalCode.ExpectationFailed, "Only 100-continue can be expected of this proxy.", Rule: "syntax");
        }

        return CountForward(exchange, headers) ?? UpgradeCheck.Read(context, exchange) ?? StripConnectionFields(headers);
    }

    /// <summary>
    /// What the server lets through over HTTP/2 and an upstream over HTTP/1.1 would read as something else: names that are no tokens, control
    /// characters in values, fields that belong to a connection (RFC 9113 section 8.2).
    /// </summary>
    private static Refusal? CheckFields(string protocol, IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if (name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                return new(RefusalCode.MalformedRequest, "A field's name holds characters that no name has.", Rule: "syntax");
            }

            foreach (var value in values)
            {
                if (value.AsSpan().ContainsAny(Controls))
                {
                    return new(RefusalCode.MalformedRequest, "A field's value holds control characters.", Rule: "syntax");
                }
            }
        }

        return HttpProtocol.IsHttp2(protocol) && Array.Exists(ConnectionFields, headers.ContainsKey)
            ? new(RefusalCode.MalformedRequest, "A field belongs to a connection of HTTP/1.1 and means nothing in HTTP/2.", Rule: "syntax")
            : null;
    }

    /// <summary>RFC 9110 section 7.6.2: OPTIONS says how far it may go. TRACE, the other method that does, is refused.</summary>
    private static Refusal? CountForward(Exchange exchange, IHeaderDictionary headers)
    {
        if (!HttpMethods.IsOptions(exchange.Method) || headers.MaxForwards.Count == 0)
        {
            return null;
        }

        if (headers.MaxForwards.Count > 1 || !int.TryParse(headers.MaxForwards, NumberStyles.None, CultureInfo.InvariantCulture, out var left))
        {
            return new(RefusalCode.MalformedRequest, "Max-Forwards is not a number.", Rule: "syntax");
        }

        headers.MaxForwards = (left - 1).ToString(CultureInfo.InvariantCulture);
        return left > 0
            ? null
            : new(RefusalCode.PolicyDenied, "The request was to go no further than this proxy, which has no options to tell.", Rule: "max_forwards");
    }

    /// <summary>RFC 9110 section 7.6.1: what <c>Connection</c> names stays on this hop, before policy looks at what remains.</summary>
    private static Refusal? StripConnectionFields(IHeaderDictionary headers)
    {
        foreach (var value in headers.Connection)
        {
            foreach (var option in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (NeverHopByHop.Contains(option))
                {
                    return new(RefusalCode.BypassAttempt, "The Connection field names a field that decisions rest on.", Rule: "connection_fields");
                }

                if (!option.Equals("close", StringComparison.OrdinalIgnoreCase)
                    && !option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
                    && !option.Equals("upgrade", StringComparison.OrdinalIgnoreCase))
                {
                    headers.Remove(option);
                }
            }
        }

        headers.Remove(HeaderNames.Upgrade); // h2c and the like; what may be upgraded is known by now
        return null;
    }
}
