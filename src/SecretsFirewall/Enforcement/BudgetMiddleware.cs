using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Notes a call of a model before it leaves, and takes its estimate from the limits of its session and the budgets that are for it. Only a call that a budget is for waits until that
/// is written.
/// </summary>
internal sealed class BudgetMiddleware(Meter meter, CallConcurrency concurrency, AgentSessions sessions, MeteringOptions options, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = context.Features.Get<ExchangeState>();
        if (exchange.Refusal is null && state is not null && await TryBeginAsync(context, exchange, state) is { } refusal)
        {
            exchange.Refuse(refusal);
        }

        await next(context);
    }

    private async ValueTask<Refusal?> TryBeginAsync(HttpContext context, Exchange exchange, ExchangeState state)
    {
        if (exchange.WebSocket is not null)
        {
            return IsModel(exchange, state) ? BeginSocket(exchange, state) : null;
        }

        if (ModelCalls.IsBatch(exchange.Method, exchange.Path) && IsModel(exchange, state))
        {
            return RefuseBatch(exchange.Agent.Name, state);
        }

        if (CallEstimate.Of(context, exchange, state, options) is not { } estimate)
        {
            return null;
        }

        if (!concurrency.TryEnter(exchange.Agent.Name, out var place))
        {
            return TooMany;
        }

        var reserved = default(CallReserve);
        var session = state.Open?.Session;
        if (session is not null && sessions.TryReserve(session, estimate.Usage.Total, estimate.Cost?.Amount, out reserved) is { } beyond)
        {
            place?.Dispose();
            return beyond;
        }

        var asked = meter.NameOf(exchange.Agent.Name, estimate.Model);
        var call = new ModelCall(exchange.Id, exchange.StartedAt, exchange.Agent.Name, exchange.Agent.Session, estimate.Provider, asked);
        if (meter.TryBegin(call, estimate.Usage, estimate.Cost, state.Policy.Budgets, out var refusal) is not { } begun)
        {
            place?.Dispose();
            if (session is not null)
            {
                sessions.Use(session, reserved, 0, 0);
            }

            return Explain(refusal!, call.At);
        }

        state.Metering = new CallMetering(meter, begun, estimate, sessions, reserved, state, place);
        return begun.Written is { } written && !await written ? Unwritten : null;
    }

    private Refusal? BeginSocket(Exchange exchange, ExchangeState state)
    {
        if (HardBudget(exchange.Agent.Name, state) is not null || sessions.LimitsCalls)
        {
            return UnreadSocket;
        }

        state.SocketMetering = new SocketMetering(meter, sessions, exchange, state, CallEstimate.ProviderOf(exchange, state), time);
        return null;
    }

    /// <summary>What a batch comes to is said hours later, in files: nothing can be held to it meanwhile.</summary>
    private Refusal? RefuseBatch(string agent, ExchangeState state) =>
        HardBudget(agent, state) is { } budget ? new Refusal(RefusalCode.BudgetExceeded, "A hard budget is in force, and what a batch comes to is not counted.", budget.Id, BatchAdvice)
        : sessions.LimitsCalls ? new Refusal(RefusalCode.ScopeExceeded, "A limit of tokens or money holds for this session, and what a batch comes to is not counted.", "limits.session", BatchAdvice)
        : null;

    private Budget? HardBudget(string agent, ExchangeState state) =>
        state.Policy.Budgets.Concat(meter.Budgets).FirstOrDefault(budget => budget.IsHard && budget.Agents.Any(one => one.Matches(agent)));

    private static bool IsModel(Exchange exchange, ExchangeState state) =>
        exchange.Kind is DestinationKind.Llm || ShownTraffic.IsLlm(state.Traffic) || TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path) is not LlmDialect.None;

    private static Refusal Explain(BudgetRefusal refusal, DateTimeOffset at)
    {
        if (refusal.Fault is BudgetFault.Unavailable)
        {
            return Unwritten;
        }

        var budget = refusal.Budget!;
        var until = refusal.WindowEnd is { } end ? $" It begins anew at {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC." : "";
        var advice = budget.Advice ?? $"The operator can see it with `sfw budget show`, raise it, or reset it with `sfw budget reset {budget.Id}`.{until}";
        return refusal.Fault switch
        {
            BudgetFault.Unpriced => new Refusal(
                RefusalCode.BudgetExceeded, "A budget of money is in force, and the policy has no price for this model.", budget.Id,
                "Use a model that has a price; or the operator adds one to `prices` of the policy, or says unpriced: allow in the budget."),
            BudgetFault.NoRoom => new Refusal(
                RefusalCode.BudgetExceeded, budget.Reason ?? "What this call may come to is more than is left of a budget.", budget.Id,
                $"Ask for less: a smaller limit of output tokens, a shorter prompt. {advice}"),
            _ => new Refusal(RefusalCode.BudgetExceeded, budget.Reason ?? "A budget is used up.", budget.Id, advice),
        };
    }

    private static Refusal TooMany { get; } = new(
        RefusalCode.RateLimited, "This agent has too many model calls under way.", Rule: "limits.model_calls_per_agent", RetryAfterSeconds: 1);

    private static Refusal Unwritten { get; } = new(
        RefusalCode.AuditUnavailable, "A budget is in force, and what is spent cannot be written down.", Rule: "budget",
        Advice: "The operator can free disk space.", RetryAfterSeconds: 30);

    private const string BatchAdvice = "Make the calls one by one, which are counted; or the operator makes the budget soft or takes the limit away.";

    /// <summary>Clients fall back to server-sent events at once.</summary>
    private static Refusal UnreadSocket { get; } = new(
        RefusalCode.UpgradeRefused, "A hard budget or a limit of the session is in force, and nothing can be reserved for calls in WebSocket messages.", Rule: "budget", Advice: "Use plain HTTP with server-sent events.");
}
