using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Refuses requests whose meaning could differ between us and the upstream, before anything is decided about them.
/// </summary>
internal sealed class BypassMiddleware
{
    /// <summary>Fields that a decision rests on: a <c>Connection</c> field that would have them dropped on the way is no accident.</summary>
    private static readonly HashSet<string> NeverHopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Host", "Cookie", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "X-Api-Key",
    };

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is null && Check(context, exchange) is { } refusal)
        {
            exchange.Refuse(refusal);
        }

        return next(context);
    }

    private static Refusal? Check(HttpContext context, Exchange exchange)
    {
        var headers = context.Request.Headers;
        if (HttpMethods.IsTrace(exchange.Method) || HttpMethods.IsConnect(exchange.Method))
        {
            return new(RefusalCode.BypassAttempt, "TRACE, and CONNECT inside a tunnel, are refused.", Rule: "methods");
        }

        if (HttpMethods.GetCanonicalizedValue(exchange.Method) != exchange.Method)
        {
            return new(
                RefusalCode.MalformedRequest, "The method is a known one in another case, which servers read differently.", Rule: "syntax",
                Advice: "Methods are case-sensitive (RFC 9110 section 9.1): write them in upper case.");
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

        if (headers.Expect.Count > 0 && !string.Equals(headers.Expect, "100-continue", StringComparison.OrdinalIgnoreCase))
        {
            return new(RefusalCode.ExpectationFailed, "Only 100-continue can be expected of this proxy.", Rule: "syntax");
        }

        return UpgradeCheck.Read(context, exchange) ?? StripConnectionFields(headers);
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
