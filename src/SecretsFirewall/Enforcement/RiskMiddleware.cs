using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks at where the agent goes after what it has done, and refuses one whose risk is too high. The very request that makes it so is the first.</summary>
internal sealed class RiskMiddleware(AgentSessions sessions)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is null && sessions.Options is { WatchesRisk: true } options && context.Features.Get<OpenExchange>()?.Session is { } session)
        {
            var risk = sessions.Visit(session, exchange.Destination.Host, exchange.Kind);
            if (options.RiskRefuse > 0 && risk >= options.RiskRefuse)
            {
                exchange.Refuse(TooHigh);
            }
        }

        return next(context);
    }

    /// <summary>Not by what: an agent that is led astray would learn what to avoid.</summary>
    private static Refusal TooHigh { get; } = new(
        RefusalCode.PolicyDenied, "What this agent has done so far adds up to a risk at which nothing more of it is forwarded.", Rule: "risk",
        Advice: "Only the operator can let it go on: sfw sessions show AGENT says why, and sfw sessions end AGENT forgets it.");
}
