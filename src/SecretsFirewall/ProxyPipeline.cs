using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall;

/// <summary>The order of everything, and nothing else. A connection passes the first list, each request on it the second.</summary>
internal static class ProxyPipeline
{
    public static void UseConnections(ListenOptions listen, ProxyHandshake handshake, TlsInterception interception, UnreadRequests unread)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(tls => connection => handshake.OnConnectionAsync(connection, tls)); // CONNECT or SOCKS, identity, limits; or past TLS
        listen.UseHttps(interception.Options); //                                          a leaf for the name; h2 or http/1.1
        listen.Use(http =>
        {
            handshake.PlainHttp = http;
            return connection =>
            {
                connection.Features.Get<Tunnel>()!.TlsEstablished = true;
                return unread.WatchAsync(connection, http);
            };
        });
    }

    public static RequestDelegate Exchanges(ProxySteps steps) => Chain(
        steps.Forwarder.ForwardAsync, //   last: the upstream; its answer comes back through ResponseInspection
        steps.Exchange.InvokeAsync, //     who sends, and where it goes
        steps.Outcome.InvokeAsync, //      a refusal's answer, the record of the outcome
        steps.Kill.InvokeAsync, //         what was stopped; everything under way is known from here on
        steps.Bypass.InvokeAsync, //       what could be read in two ways
        steps.Sessions.InvokeAsync, //     how much a session may do
        steps.Policy.InvokeAsync, //       the connection, then the request; the redaction plan
        steps.Risk.InvokeAsync, //         what the agent has done before
        steps.Inspection.InvokeAsync, //   mask, then bind: target, fields, body
        steps.Locks.InvokeAsync, //        one change of a resource at a time
        steps.Approval.InvokeAsync, //     a person's yes, taken from the store
        steps.Budget.InvokeAsync, //       what a model call may cost; noted before it leaves
        steps.Intent.InvokeAsync, //       the record of intent, or nothing leaves
        steps.WebSockets.InvokeAsync); //  the upstream as well, where frames follow: inspected both ways by WebSocketRelay

    private static RequestDelegate Chain(RequestDelegate last, params ReadOnlySpan<Func<HttpContext, RequestDelegate, Task>> steps)
    {
        var next = last;
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var (step, then) = (steps[i], next);
            next = context => step(context, then);
        }

        return next;
    }
}

/// <summary>What the pipeline is made of; the composition root fills it, and again when the configuration changes.</summary>
internal sealed record ProxySteps(
    ExchangeMiddleware Exchange,
    OutcomeMiddleware Outcome,
    KillMiddleware Kill,
    BypassMiddleware Bypass,
    SessionMiddleware Sessions,
    PolicyMiddleware Policy,
    RiskMiddleware Risk,
    InspectionMiddleware Inspection,
    LockMiddleware Locks,
    ApprovalMiddleware Approval,
    BudgetMiddleware Budget,
    IntentMiddleware Intent,
    WebSocketForwarder WebSockets,
    Forwarder Forwarder);
