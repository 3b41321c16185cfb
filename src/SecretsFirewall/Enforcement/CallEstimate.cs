using Microsoft.AspNetCore.Http;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;

namespace SecretsFirewall.Enforcement;

/// <summary>What a model call that is about to leave may come to: by its bytes, and by the most that it lets the model write.</summary>
/// <param name="Provider">As the policy names it, else the host.</param>
/// <param name="Model">As the request names it, fit to be written down; empty where it names none.</param>
/// <param name="Cost">Null for a model without a price.</param>
internal sealed record CallEstimate(RequestFigures Figures, string Provider, string Model, TokenUsage Usage, Money? Cost)
{
    /// <summary>Null where no model is asked. The body was read by now, where it is read at all.</summary>
    public static CallEstimate? Of(HttpContext context, Exchange exchange, ExchangeState state, MeteringOptions options)
    {
        if (exchange.WebSocket is not null || !CallMetering.MayBeCall(exchange, state))
        {
            return null;
        }

        var figures = state.Figures ?? RequestFigures.Unread(exchange.Path, context.Request.ContentLength);
        if (!figures.IsCall)
        {
            return null;
        }

        var provider = ProviderOf(exchange, state);
        var model = CallMetering.SafeName(figures.Model ?? "", state);
        var usage = new TokenUsage(figures.InputEstimate, figures.MostOutput ?? options.AssumedOutputTokens);
        return new CallEstimate(figures, provider, model, usage, state.Policy.Prices.Find(model, provider, exchange.StartedAt)?.CostOf(usage));
    }

    public static string ProviderOf(Exchange exchange, ExchangeState state) => state.Decision?.Provider ?? exchange.Destination.Host;
}
