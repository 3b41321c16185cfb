using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>The origins that may be called by name, as the policy in force declares them.</summary>
internal delegate IReadOnlyDictionary<string, Destination> DeclaredUpstreams();

/// <summary>
/// Requests to us as if we were the upstream: <c>http://127.0.0.1:8888/@anthropic/v1/messages</c>, for clients that use no proxy or cannot trust
/// our authority. From here on they are exchanges like all others. What is different is how they come: in the clear, so on this machine alone;
/// to an ordinary URL, which a web page could call as well, so never from a browser; and with their own <c>Authorization</c>, so that the agent's
/// token has a field to itself.
/// </summary>
internal sealed class BaseUrlRequests(Identification identification, IListenerEvents events, DeclaredUpstreams upstreams)
{
    /// <summary><c>name:token</c>. Not in the URL: URLs are logged.</summary>
    public const string TokenField = "X-SFW-Token";

    /// <param name="Target">What goes upstream: path and query.</param>
    public readonly record struct Reading(AgentIdentity Agent, Destination? Destination, string Target, Refusal? Refusal);

    public Reading Read(HttpContext context, string target)
    {
        if (NotHere(context) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (Identify(context) is not { } agent)
        {
            events.AuthenticationFailed(null, 0);
            return Refuse(Unidentified);
        }

        if (!BaseUrlTarget.TrySplit(target, out var name, out var pathAndQuery) || upstreams().GetValueOrDefault(name) is not { } destination)
        {
            return Refuse(Unknown(), agent);
        }

        return BaseUrlTarget.HasDotSegments(pathAndQuery)
            ? Refuse(DotSegments, agent)
            : new Reading(agent, destination, pathAndQuery, null);
    }

    private static Refusal? NotHere(HttpContext context)
    {
        var connection = context.Connection;
        if (connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote))
        {
            return new(
                RefusalCode.PolicyDenied, "Base URLs are in the clear, so they are for this machine alone.", Rule: "base_url",
                Advice: "From elsewhere, set HTTPS_PROXY to this proxy's address.");
        }

        var headers = context.Request.Headers;
        if (headers.ContainsKey(HeaderNames.Origin) || headers.ContainsKey("Sec-Fetch-Site"))
        {
            return new(
                RefusalCode.BypassAttempt, "Base URLs are for programs: a browser's request may be any web page's.", Rule: "browser",
                Advice: "Call it from a program, or set the browser's proxy.");
        }

        return IsOurs(context.Request.Host.Value ?? "", connection.LocalPort)
            ? null
            : new(
                RefusalCode.BypassAttempt, "The Host of a base URL must be this proxy's own address on this machine.", Rule: "base_url_host",
                Advice: "Use http://127.0.0.1 and the proxy's port.");
    }

    /// <summary>A name that resolves to this machine is no name of ours: whoever owns it could have its pages call us (DNS rebinding).</summary>
    private static bool IsOurs(string host, int port) =>
        RequestTarget.TryParseAuthority(host, "http", out var named)
        && named.Port == port
        && (named.Host == "localhost" || (IPAddress.TryParse(named.Host, out var address) && IPAddress.IsLoopback(address)));

    private AgentIdentity? Identify(HttpContext context)
    {
        var fields = context.Request.Headers[TokenField];
        if (fields.Count == 0)
        {
            return identification.Identify(null, context.Connection.RemoteIpAddress);
        }

        var text = fields.Count == 1 ? fields[0] ?? "" : "";
        var colon = text.IndexOf(':');
        return colon <= 0 ? null : identification.Authenticate(text[..colon], text[(colon + 1)..]);
    }

    private static Refusal Unidentified { get; } = new(
        RefusalCode.ProxyAuthenticationRequired, "The request needs an agent's name and token.", Advice: $"Send the field {TokenField}: NAME:TOKEN.");

    private static Refusal DotSegments { get; } = new(
        RefusalCode.BypassAttempt, "The path behind the name has dot segments.", Rule: "path", Advice: "Write the path plainly.");

    private Refusal Unknown()
    {
        var names = string.Join(", ", upstreams().Keys.Order(StringComparer.Ordinal).Select(name => "/@" + name));
        return new(
            RefusalCode.UnknownUpstream, $"No such base URL is declared. There are: {(names.Length == 0 ? "none" : names)}.", Rule: "base_url",
            Advice: "The operator can give a destination of the policy a base_url.");
    }

    private static Reading Refuse(Refusal refusal, AgentIdentity? agent = null) => new(agent ?? Identification.Unidentified, null, "/", refusal);
}
