using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What cannot be audited is not forwarded: the record of intent is with the kernel before the first byte leaves. A refused exchange ends
/// here; beyond this step stands only the upstream.
/// </summary>
internal sealed class IntentMiddleware(ExchangeRecorder recorder, KillSwitch kills)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is not null)
        {
            return Task.CompletedTask;
        }

        var state = context.Features.GetRequiredFeature<ExchangeState>();
        if (state.Decision is null or { AwaitsInspection: true })
        {
            exchange.Refuse(new Refusal(RefusalCode.InspectionFailed, "No decision was made about this request."));
            return Task.CompletedTask;
        }

        if (state is { Pending: not null, Agreed: null })
        {
            exchange.Refuse(new Refusal(RefusalCode.InspectionFailed, "Nobody was asked about a request that needs a person.", Rule: state.Pending.Rule));
            return Task.CompletedTask;
        }

        if (KillMiddleware.StopOf(kills, exchange) is { } kill)
        {
            exchange.Refuse(kill.Refusal); // stopped while its request was being read
            return Task.CompletedTask;
        }

        if (!recorder.TryRecordIntent(exchange, state))
        {
            exchange.Refuse(new Refusal(
                RefusalCode.AuditUnavailable, recorder.Trouble.Sentence(), Rule: "audit", Advice: recorder.Trouble.Advice(), RetryAfterSeconds: 30));
            return Task.CompletedTask;
        }

        state.IntentRecorded = true;
        return next(context);
    }
}
