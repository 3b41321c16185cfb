using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A request that waits for a person passes here once per yes. The use is taken from the store before the record of intent and before the first byte leaves: of any
/// number of repeats at once one goes on, and a process that dies in between has spent it. It is given back only where this very exchange ended before that record.
/// With <c>X-SFW-Decision</c> the agent names the answer that is to be used; then no other is.
/// <code>
///   nobody has agreed ─► 428 (or the client's own shape), at once
///   the rule says hold ─► wait for the answer, at most a minute (<see cref="HeldResponse"/>) ─► as above, or on
///   a person agreed ───► one use taken ─► kill once more ─► intent ─► upstream
/// </code>
/// </summary>
internal sealed class ApprovalMiddleware(ActionApprovals approvals, ResourceLocks locks, TimeProvider time)
{
    /// <summary>Who answers sooner finds an answer that has not begun: a refusal with its own status.</summary>
    private static readonly TimeSpan FirstSign = TimeSpan.FromSeconds(2);

    /// <summary>Proxies and clients give up on a silent stream after fifteen seconds at the earliest.</summary>
    private static readonly TimeSpan SignInterval = TimeSpan.FromSeconds(5);

    /// <summary>People take their time.</summary>
    private const int LockedSeconds = 30;

    private static readonly Refusal TakenBack = new(RefusalCode.Killed, "What was asked was taken back, since the agent was stopped.", Rule: "kill.agent");

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.Refusal is null && context.Features.Get<ExchangeState>() is { } state && (state.Pending is not null || state.Changes is not null)
            ? AskAsync(context, exchange, state, next)
            : next(context);
    }

    private async Task AskAsync(HttpContext context, Exchange exchange, ExchangeState state, RequestDelegate next)
    {
        var question = state.Pending is null ? null : approvals.QuestionOf(context, exchange, state);
        if (state.Changes is { } changes && locks.WaitsForAnother(changes, question?.Fingerprint))
        {
            exchange.Refuse(LockMiddleware.Locked(LockedSeconds));
        }

        if (exchange.Refusal is not null || question is null)
        {
            await next(context);
            return;
        }

        var decision = state.Pending!;
        var named = context.Request.Headers[RefusalWriter.DecisionField] is { Count: > 0 } field ? field.ToString() : null;
        var result = await approvals.AskAsync(question, named);
        var hold = ApprovalNeeds.Of(decision).Hold;
        if (hold > TimeSpan.Zero && result is { Outcome: AskOutcome.Asked or AskOutcome.Waiting, Request: { } waiting })
        {
            await HoldAsync(context, state, waiting.Id, hold);
            if (approvals.Desk.Find(waiting.Id, out _) is { IsCancelled: true })
            {
                exchange.Refuse(KillMiddleware.StopOf(state.Kills, exchange)?.Refusal ?? TakenBack); // not asked again: it was taken back with its agent
                await next(context);
                return;
            }

            result = await approvals.AskAsync(question, named);
        }

        if (result is not { Outcome: AskOutcome.Granted, Request: { } granted })
        {
            state.Approval = result.Request is { } asked ? ActionApprovals.InAudit(asked, state.Approval?.Trust) : state.Approval;
            exchange.Refuse(ActionApprovals.Explain(result, decision.Rule, DecisionText.Advice(decision)));
            if (state.Changes is { } resource && exchange.Refusal is { Approval: { } notice })
            {
                locks.Wait(resource, notice.Fingerprint, notice.ExpiresAt);
            }

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

    private async Task HoldAsync(HttpContext context, ExchangeState state, string id, TimeSpan most)
    {
        var answered = approvals.Desk.WaitAsync(id, most, context.RequestAborted);
        if (HeldResponse.SignFor(state.Traffic, state.Figures is { IsStream: true }, context.Request) is { } sign && !await IsOverAsync(answered, FirstSign, context.RequestAborted))
        {
            var held = await HeldResponse.BeginAsync(context, state.Traffic, sign, id);
            while (!await IsOverAsync(answered, SignInterval, context.RequestAborted))
            {
                await held.ShowLifeAsync(context.RequestAborted);
            }
        }

        await answered;
    }

    private async Task<bool> IsOverAsync(Task waiting, TimeSpan most, CancellationToken cancellationToken) =>
        await Task.WhenAny(waiting, Task.Delay(most, time, cancellationToken)) == waiting;
}
