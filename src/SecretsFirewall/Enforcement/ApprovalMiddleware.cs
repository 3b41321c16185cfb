using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A request that waits for a person passes here once per yes. The use is taken from the store before the record of intent and before the first byte leaves: of any
/// number of repeats at once one goes on, and a process that dies in between has spent it. It is given back only where this very exchange ended before that record.
/// With <c>X-SFW-Decision</c> the agent names the answer that is to be used; then no other is.
/// <code>
///   nobody has agreed ─► 428 (or the client's own shape), at once
///   the rule says hold ─► wait for the answer, at most a minute, without a byte to the client ─► as above, or on
///   a person agreed ───► one use taken ─► kill once more ─► intent ─► upstream
/// </code>
/// </summary>
internal sealed class ApprovalMiddleware(ActionApprovals approvals)
{
    private static readonly Refusal TakenBack = new(RefusalCode.Killed, "What was asked was taken back, since the agent was stopped.", Rule: "kill.agent");

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.Refusal is null && context.Features.Get<ExchangeState>() is { Pending: { } decision } state ? AskAsync(context, exchange, state, decision, next) : next(context);
    }

    private async Task AskAsync(HttpContext context, Exchange exchange, ExchangeState state, PolicyDecision decision, RequestDelegate next)
    {
        var question = approvals.QuestionOf(context, exchange, state);
        var named = context.Request.Headers[RefusalWriter.DecisionField] is { Count: > 0 } field ? field.ToString() : null;
        var result = approvals.Ask(question, named);
        var hold = ApprovalNeeds.Of(decision).Hold;
        if (hold > TimeSpan.Zero && result is { Outcome: AskOutcome.Asked or AskOutcome.Waiting, Request: { } waiting })
        {
            await approvals.Desk.WaitAsync(waiting.Id, hold, context.RequestAborted);
            if (approvals.Desk.Find(waiting.Id, out _) is { IsCancelled: true })
            {
                exchange.Refuse(KillMiddleware.StopOf(state.Kills, exchange)?.Refusal ?? TakenBack); // not asked again: it was taken back with its agent
                await next(context);
                return;
            }

            result = approvals.Ask(question, named);
        }

        if (result is not { Outcome: AskOutcome.Granted, Request: { } granted })
        {
            state.Approval = result.Request is { } asked ? ActionApprovals.InAudit(asked, state.Approval?.Trust) : state.Approval;
            exchange.Refuse(ActionApprovals.Explain(result, decision.Rule, DecisionText.Advice(decision)));
            await next(context);
            return;
        }

        state.Approval = ActionApprovals.InAudit(granted, state.Approval?.Trust);
        state.Agreed = granted;
        try
        {
            await next(context);
        }
        finally
        {
            if (!state.IntentRecorded)
            {
                approvals.Desk.GiveBack(granted.Id, question.Subject.MayCost ?? 0);
            }
        }
    }
}
