using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>Counts an exchange to its session, and refuses what is more than one may do. <see cref="ExchangeRecorder"/> ends what begins here.</summary>
internal sealed class SessionMiddleware(AgentSessions sessions)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is null && context.Features.Get<OpenExchange>() is { } open)
        {
            open.Session = sessions.Enter(exchange.Agent.Name, exchange.Session, exchange.Destination.Host, out var refusal);
            if (refusal is not null)
            {
                exchange.Refuse(refusal);
            }

            open.CheckBytes = open.Session is { } session ? bytes => sessions.CheckBytes(session, bytes) : null;
        }

        return next(context);
    }
}
