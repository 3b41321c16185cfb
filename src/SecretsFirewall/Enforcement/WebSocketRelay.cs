using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Runs open WebSockets (<see cref="WebSocketSession"/>), and ends one from outside when its agent is stopped, when the credentials that opened it are withdrawn,
/// when nothing moves in it for too long, or when the firewall stops.
/// </summary>
internal sealed class WebSocketRelay(
    AgentDirectory agents, OpenTraffic traffic, SecretVault vault, EnforcementOptions options, BufferBudget budget, TimeSpan idle, TimeProvider time, CancellationToken stopping)
{
    public async Task RunAsync(HttpContext context, Stream client, Stream upstream)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = context.Features.GetRequiredFeature<ExchangeState>();
        var inspection = new CarrierInspection(exchange, state.Decision!.RequestPlan, new Binder(vault, exchange), state.Detection, state.Capture);
        using var silence = new CancellationTokenSource(idle, time);
        using var session = new WebSocketSession(exchange, state, inspection, options, budget, () => silence.CancelAfter(idle), client, upstream);
        await using var onSilence = silence.Token.Register(() => session.EndFromOutside(refusal: null));
        await using var onStop = stopping.Register(() => session.EndFromOutside(refusal: null));
        var open = context.Features.GetRequiredFeature<OpenExchange>();
        open.Ending = session.EndFromOutside;
        agents.Changed += EndIfWithdrawn;
        try
        {
            EndIfWithdrawn();
            if (traffic.StopOf(open) is { } kill)
            {
                session.EndFromOutside(kill.Refusal);
            }

            await session.RunAsync(context.RequestAborted);
        }
        finally
        {
            agents.Changed -= EndIfWithdrawn;
            open.Ending = null;
        }

        void EndIfWithdrawn()
        {
            if (!agents.IsInForce(exchange.Agent))
            {
                session.EndFromOutside(Withdrawn);
            }
        }
    }

    private static Refusal Withdrawn { get; } = new(
        RefusalCode.ProxyAuthenticationRequired, "The credentials that opened this WebSocket are no longer valid.", Advice: "Open a new one with a valid token.");
}
