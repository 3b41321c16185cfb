using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>Asks policy about the connection and about the request's head, and keeps the answer's redaction plan for the bodies.</summary>
internal sealed class PolicyMiddleware(DetectionRegistry detection, SecretVault vault, CapturedValues captured, CanaryWatch canaries, ActionApprovals approvals)
{
    private static readonly string[] MethodOverrides = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = new ExchangeState(detection.InForce) { Approvals = approvals };
        context.Features.Set(state);
        canaries.Watch(exchange, state);
        state.Capture = state.Policy.Captures ? new SessionCapture(captured, exchange, state.InForce.Audiences) : null;
        exchange.Kind = state.Policy.KindOf(exchange.Destination);
        var dialect = TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path);
        if (exchange.Kind is DestinationKind.Llm)
        {
            state.Traffic = RecognisedTraffic.Llm(dialect is LlmDialect.None ? LlmDialect.Generic : dialect);
        }

        if (exchange.Refusal is null && Decide(context, exchange, state, dialect) is { } refusal)
        {
            exchange.Refuse(refusal);
        }

        return next(context);
    }

    private Refusal? Decide(HttpContext context, Exchange exchange, ExchangeState state, LlmDialect dialect)
    {
        var facts = new PolicyFacts
        {
            On = PolicyStage.Connect,
            Agent = exchange.Agent.Name,
            Level = exchange.Agent.Level,
            Destination = exchange.Destination,
            At = exchange.StartedAt,
        };
        var connection = approvals.SetAside(state.Policy.Decide(facts), exchange, state);
        if (connection.Outcome is not PolicyOutcome.Allow)
        {
            return Refuse(RefusalCode.HostDenied, connection);
        }

        state.Facts = facts with
        {
            On = PolicyStage.Request,
            Method = exchange.Method,
            Path = exchange.Path,
            QueryLength = Math.Max(0, exchange.Target.Length - exchange.Path.Length - 1),
            BodyLength = exchange.WebSocket is not null ? long.MaxValue // what it will carry is not known
                : context.Request.ContentLength ?? (HasBody(context) ? long.MaxValue : 0),
            TrafficIsLlm = dialect is not LlmDialect.None,
        };
        var decision = approvals.SetAside(state.Policy.Decide(state.Facts), exchange, state);
        if (CheckAmbiguity(context, exchange, decision) is { } ambiguous)
        {
            return ambiguous;
        }

        if (decision.Outcome is PolicyOutcome.Pending && exchange.WebSocket is null)
        {
            state.WaitFor(decision);
        }
        else if (decision.Outcome is not PolicyOutcome.Allow)
        {
            return Refuse(RefusalCode.PolicyDenied, decision); // what a WebSocket will carry nobody can be asked about
        }

        state.Decision = decision;
        exchange.Kind = decision.Kind;
        exchange.AllowPrivate = decision.AllowPrivate;
        if (decision.Kind is DestinationKind.Llm && dialect is LlmDialect.None)
        {
            state.Traffic = RecognisedTraffic.Llm(TrafficRecogniser.DialectOfProvider(decision.Provider));
        }

        return exchange.WebSocket is not null && ToolCalls.AreGated(exchange, state) ? UnreadSocket : null;
    }

    /// <summary>Clients fall back to server-sent events at once.</summary>
    public static Refusal UnreadSocket { get; } = new(
        RefusalCode.UpgradeRefused, "The policy has rules about tool calls, which are not read in WebSocket messages.", Rule: "tool_calls", Advice: "Use plain HTTP with server-sent events.");

    /// <summary>What a rule or a binding rests on must be what the upstream will understand.</summary>
    private Refusal? CheckAmbiguity(HttpContext context, Exchange exchange, PolicyDecision decision)
    {
        var bound = vault.BindingsFor(exchange.Destination.Host, exchange.Destination.Port).Count > 0;
        if (decision.PathUndecided || (bound && PathRules.IsAmbiguous(exchange.Path)))
        {
            return new(RefusalCode.BypassAttempt, "The path can be read in more than one way (dot segments, encoded slashes, double encoding).", Rule: "path");
        }

        return (bound || decision.RestsOnMethod) && Array.Exists(MethodOverrides, context.Request.Headers.ContainsKey)
            ? new(RefusalCode.BypassAttempt, "A field asks the upstream to take the request for another method.", Rule: "method_override")
            : null;
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };

    private static Refusal Refuse(RefusalCode code, PolicyDecision decision) => new(code, decision.Reason, decision.Rule, decision.Advice);
}
