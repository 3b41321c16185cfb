using Microsoft.AspNetCore.Builder;
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
    public static void UseProxyConnections(this ListenOptions listen, ProxyHandshake handshake, TlsInterception interception)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(tls => connection => handshake.OnConnectionAsync(connection, tls)); // CONNECT, identity, limits; or past TLS
        listen.UseHttps(interception.Options); //                                          a leaf for the name, h2 or http/1.1
        listen.Use(http =>
        {
            handshake.PlainHttp = http;
            return connection =>
            {
                connection.Features.Get<Tunnel>()!.TlsEstablished = true;
                return http(connection);
            };
        });
    }

    public static void UseProxyExchanges(this IApplicationBuilder app, ProxySteps steps)
    {
        app.Use(next => context => steps.Exchange.InvokeAsync(context, next)); //   who sends, and where it goes
        app.Use(next => context => steps.Outcome.InvokeAsync(context, next)); //    a refusal's answer, the record of the outcome
        app.Use(next => context => steps.Bypass.InvokeAsync(context, next)); //     what could be read in two ways
        app.Use(next => context => steps.Policy.InvokeAsync(context, next)); //     connection, then request; the redaction plan
        app.Use(next => context => steps.Inspection.InvokeAsync(context, next)); // mask, then bind: target, fields, body
        app.Use(next => context => steps.Intent.InvokeAsync(context, next)); //     the record of intent, or nothing leaves
        app.Run(steps.Forwarder.ForwardAsync); //                                   and the answer back through ResponseInspection
    }
}

/// <summary>What the pipeline is made of; the composition root fills it.</summary>
internal sealed record ProxySteps(
    ExchangeMiddleware Exchange,
    OutcomeMiddleware Outcome,
    BypassMiddleware Bypass,
    PolicyMiddleware Policy,
    InspectionMiddleware Inspection,
    IntentMiddleware Intent,
    Forwarder Forwarder);
