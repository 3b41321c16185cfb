using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Refuses what is stopped, and knows everything else for as long as it is under way, so that a kill can end it. That all is stopped was said before
/// anybody asked who sends (<see cref="Listener.ExchangeMiddleware"/>); <see cref="IntentMiddleware"/> asks once more.
/// </summary>
internal sealed class KillMiddleware(OpenTraffic open)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.Refusal is null ? WatchAsync(context, exchange, next) : next(context);
    }

    /// <summary>Why an exchange may not go on; null if it may.</summary>
    public static Kill? StopOf(KillSwitch kills, Exchange exchange) =>
        kills.Current.Traffic(exchange.Agent.Name, exchange.Agent.Session, exchange.Session, exchange.Destination.Host);

    private async Task WatchAsync(HttpContext context, Exchange exchange, RequestDelegate next)
    {
        using var entry = new OpenExchange(context, exchange);
        context.Features.Set(entry);
        open.Enter(entry);
        try
        {
            if (open.StopOf(entry) is { } kill)
            {
                exchange.Refuse(kill.Refusal);
            }

            await next(context);
        }
        catch (OperationCanceledException) when (entry.WasCut)
        {
            // What it waited for has ended; it is refused.
        }
        finally
        {
            open.Leave(entry);
        }
    }
}
