using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// Turns a request into an <see cref="Exchange"/>: who sends it, and where it goes. In a tunnel both were settled by CONNECT and each request
/// is held against it; outside, the target is absolute or one of our base URLs, and the credentials come with each request.
/// </summary>
/// <param name="stop">Why nothing at all may go on; it is the first refusal, before who sends matters.</param>
internal sealed class ExchangeMiddleware(
    Identification identification, AgentLimits limits, RequestRates rates, BaseUrlRequests baseUrls, IListenerEvents events, TimeProvider time, Func<Refusal?> stop)
{
    /// <summary>Names the agent's session; read here, and nobody else's.</summary>
    public const string SessionField = "X-SFW-Session";

    private const int MostSessionCharacters = 64;

    private static readonly SearchValues<char> SessionCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.Get<Tunnel>() is { } tunnel ? InTunnel(context, tunnel)
            : BaseUrlTarget.Is(RawTarget(context)) ? BaseUrl(context)
            : Absolute(context);
        context.Request.Headers.Remove(HeaderNames.ProxyAuthorization); // consumed: it is nobody else's (RFC 9110 section 11.7.2)
        context.Request.Headers.Remove(BaseUrlRequests.TokenField);
        context.Features.Set(exchange);
        if (exchange.Refusal is null && !rates.TryTake(exchange.Agent.Name, out var retryAfterSeconds))
        {
            exchange.Refuse(new Refusal(
                RefusalCode.RateLimited, "This agent asks too often.", Rule: "limits.rate_per_minute", RetryAfterSeconds: retryAfterSeconds));
        }

        if (exchange.Refusal is null && !limits.TryStartRequest(exchange.Agent.Name))
        {
            exchange.Refuse(new Refusal(
                RefusalCode.RateLimited, "This agent has too many requests under way.", Rule: "limits.requests_per_agent", RetryAfterSeconds: 1));
        }

        if (exchange.Refusal is not null)
        {
            await RefuseAsync(context, exchange, next);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            limits.EndRequest(exchange.Agent.Name);
        }
    }

    private async Task RefuseAsync(HttpContext context, Exchange exchange, RequestDelegate next)
    {
        // Whoever has not said who it is yet, as clients do that wait for the challenge, must not wait for a flood from elsewhere.
        var sender = ReferenceEquals(exchange.Agent, Identification.Unidentified) ? $"{context.Connection.RemoteIpAddress}" : exchange.Agent.Name;
        if (await rates.PaceRefusalAsync(sender, context.RequestAborted))
        {
            await next(context);
        }
        else
        {
            context.Abort();
        }
    }

    private Exchange InTunnel(HttpContext context, Tunnel tunnel)
    {
        var destination = tunnel.Destination;
        var target = RawTarget(context);
        var refusal = identification.IsInForce(tunnel.Agent) ? null : Withdrawn;
        if (HttpMethods.IsConnect(context.Request.Method) && !target.StartsWith('/'))
        {
            refusal ??= new(RefusalCode.BypassAttempt, "A tunnel inside a tunnel is refused.", Rule: "methods");
        }
        else if (RequestTarget.TrySplitAbsolute(target, destination.Scheme, out var authority, out var pathAndQuery))
        {
            target = pathAndQuery;
            refusal ??= Matches(authority, destination) ? null : Mismatch;
        }
        else if (!target.StartsWith('/'))
        {
            refusal ??= Malformed("The request target is neither a path nor this tunnel's URL.");
        }

        if (tunnel.MismatchedServerName is not null || !Matches(context.Request.Host.Value ?? "", destination))
        {
            refusal ??= Mismatch;
        }

        refusal ??= tunnel.IsBeyondAuthority ? BeyondAuthority : null;
        return Start(context, tunnel.Agent, destination, target, refusal);
    }

    private Exchange BaseUrl(HttpContext context)
    {
        var (agent, destination, target, refusal) = baseUrls.Read(context, RawTarget(context));
        if (refusal is { Code: RefusalCode.ProxyAuthenticationRequired })
        {
            Challenge(context);
        }

        if (destination is not null)
        {
            context.Request.Host = new HostString(destination.Authority); // ours until here
        }

        return Start(context, agent, destination ?? Nowhere, target, refusal);
    }

    private Exchange Absolute(HttpContext context)
    {
        var target = RawTarget(context);
        if (!RequestTarget.TrySplitAbsolute(target, "http", out var authority, out var pathAndQuery))
        {
            var advice = "This is a forward proxy: set HTTPS_PROXY and HTTP_PROXY to its address.";
            return Start(context, Identification.Unidentified, Nowhere, "/", Malformed("The request target is not an http URL.", advice));
        }

        if (!RequestTarget.TryParseAuthority(authority, "http", out var destination))
        {
            return Start(context, Identification.Unidentified, Nowhere, "/", Malformed("The URL's host or port is malformed."));
        }

        // 407 comes before any look-up of the name.
        var credentials = context.Request.Headers.ProxyAuthorization;
        var agent = credentials.Count <= 1 ? identification.Identify(credentials.Count == 0 ? null : credentials[0], context.Connection.RemoteIpAddress) : null;
        if (agent is null)
        {
            events.AuthenticationFailed(destination.Host, destination.Port);
            Challenge(context);
            return Start(context, Identification.Unidentified, destination, pathAndQuery, new Refusal(
                RefusalCode.ProxyAuthenticationRequired, "The proxy needs an agent's name and token.", Advice: "Put them into the proxy URL: http://NAME:TOKEN@host:port."));
        }

        // The Host field is the target's, whatever the client wrote (RFC 9112 section 3.2.2), in the target's own spelling: a value can stand in it.
        context.Request.Host = new HostString(authority);
        return Start(context, agent, destination, pathAndQuery, refusal: null);
    }

    private static void Challenge(HttpContext context) =>
        context.Response.Headers.ProxyAuthenticate = "Basic realm=\"Secrets Firewall\", charset=\"UTF-8\"";

    private static Destination Nowhere { get; } = new("http", "invalid", 80);

    private static Refusal Mismatch { get; } = new(
        RefusalCode.HostMismatch, "The host of the request, of its TLS handshake and of the tunnel differ.", Rule: "host_match");

    private static Refusal BeyondAuthority { get; } = new(
        RefusalCode.HostDenied, "The certificate authority of this agent does not vouch for this host.", Rule: "ca_constraints",
        Advice: "If the policy allows the host, the operator makes the authority anew: sfw ca renew --agent NAME.");

    private static Refusal Withdrawn { get; } = new(
        RefusalCode.ProxyAuthenticationRequired, "The credentials that opened this tunnel are no longer valid.", Advice: "Open a new one with a valid token.");

    private static Refusal Malformed(string detail, string? advice = null) => new(RefusalCode.MalformedRequest, detail, Rule: "syntax", Advice: advice);

    private static bool Matches(string authority, Destination destination) =>
        RequestTarget.TryParseAuthority(authority, destination.Scheme, out var named) && named == destination;

    private static string RawTarget(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>A WebSocket over HTTP/2 is asked for by an extended CONNECT (RFC 8441). It is what GET is over HTTP/1.1, and rules name that.</summary>
    private static string MethodOf(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } ? HttpMethods.Get : context.Request.Method;

    // A field that is not there costs nothing; a broken one says nothing.
    private static string? TraceOf(HttpContext context) =>
        context.Request.Headers.TraceParent is [{ } field] && ActivityContext.TryParse(field, null, out var trace) ? $"{trace.TraceId}-{trace.SpanId}" : null;

    private Exchange Start(HttpContext context, AgentIdentity agent, Destination destination, string target, Refusal? refusal)
    {
        var now = time.GetUtcNow();
        var session = TakeSession(context, ref refusal);
        var exchange = new Exchange
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            StartedAt = now,
            Agent = agent,
            Session = session ?? agent.Session,
            Destination = destination,
            Method = MethodOf(context),
            Target = target,
            Trace = TraceOf(context),
        };
        if ((stop() ?? refusal) is { } first)
        {
            exchange.Refuse(first);
        }

        return exchange;
    }

    /// <summary>The session that the agent names: among its own alone, so that it can neither see nor use up another's. Null where it names none.</summary>
    private static string? TakeSession(HttpContext context, ref Refusal? refusal)
    {
        var headers = context.Request.Headers;
        if (headers[SessionField] is not { Count: > 0 } named)
        {
            return null;
        }

        headers.Remove(SessionField);
        if (named is [{ Length: > 0 and <= MostSessionCharacters } session] && !session.AsSpan().ContainsAnyExcept(SessionCharacters))
        {
            return session;
        }

        refusal ??= Malformed("The session's name is not one that can be used.", $"{SessionField} is one field of 1 to {MostSessionCharacters} of the characters A-Z a-z 0-9 _ . -");
        return null;
    }
}
