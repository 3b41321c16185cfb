using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>Asks policy about the connection and about the request's head, and keeps the answer's redaction plan for the bodies.</summary>
internal sealed class PolicyMiddleware(
    DetectionRegistry detection, SecretVault vault, CapturedValues captured, CanaryWatch canaries, KillSwitch kills, CommsGate gate, AgentSessions sessions, RiskWatch risk, SessionCounters counters,
    ActionApprovals approvals)
{
    private static readonly string[] MethodOverrides = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = new ExchangeState(detection.InForce) { Open = context.Features.Get<OpenExchange>(), Kills = kills, Gate = gate, Approvals = approvals };
        context.Features.Set(state);
        canaries.Watch(exchange, state);
        risk.Watch(exchange, state);
        Pin(state);
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

    /// <summary>Where no policy is in force, there is nothing to be held to.</summary>
    private void Pin(ExchangeState state)
    {
        if (sessions.Options.PinBundle && state.Open?.Session is { } session && state.Policy is var policy && !ReferenceEquals(policy, PolicySnapshot.DenyAll))
        {
            state.Pinned = session.Pin(policy, FormattableString.Invariant($"{policy.Name}, revision {policy.Revision}, {policy.Hash}"));
        }
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
            Session = exchange.Session,
            History = state.Policy.Asks.History && counters.Of(exchange.Agent.Session) is var so ? new SessionHistory(so.Exchanges, so.Masked, so.Bound, so.Refused) : null,
        };
        var connection = state.Decide(facts);
        if (connection.Outcome is not PolicyOutcome.Allow)
        {
            return DecisionText.Refuse(RefusalCode.HostDenied, connection);
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
            Headers = HeadersAsked(context, state.Policy.Asks),
            Operation = state.Policy.Asks.Operations ? state.Policy.OperationOf(KnownRequest.Of(context, exchange, body: HasBody(context) ? null : ReadOnlyMemory<byte>.Empty)) : null,
            Query = state.Policy.Asks.Query ? exchange.Target.Length > exchange.Path.Length ? exchange.Target[(exchange.Path.Length + 1)..] : "" : null,
        };
        var decision = state.Decide(state.Facts);
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
            return DecisionText.Refuse(RefusalCode.PolicyDenied, decision); // what a WebSocket will carry nobody can be asked about
        }

        if (decision.Limits.RequestBytes < context.Request.ContentLength)
        {
            return RequestBodyInspection.OverLimit(decision);
        }

        state.Decision = decision;
        exchange.Kind = decision.Kind;
        exchange.AllowPrivate = decision.AllowPrivate;
        if (decision.Kind is DestinationKind.Llm && dialect is LlmDialect.None)
        {
            state.Traffic = RecognisedTraffic.Llm(TrafficRecogniser.DialectOfProvider(decision.Provider));
        }

        return null;
    }

    /// <summary>Whether the handshake says that a model is at the other end: what it is asked and answers is read message by message then.</summary>
    public static bool LeadsToModel(Exchange exchange, ExchangeState state) =>
        exchange.Kind is DestinationKind.Llm || ShownTraffic.IsLlm(state.Traffic) || TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path) is not LlmDialect.None;

    /// <summary>Whether the policy has rules about what a model is asked or answers, which only now shows that it is at the other end: what it said before, nobody read.</summary>
    public static bool AreUnreadInSockets(Exchange exchange, ExchangeState state) =>
        (ToolCalls.AreGated(exchange, state) && state.Policy.Mode is PolicyMode.Enforce) || ModelRequests.AreGated(state);

    /// <summary>Clients fall back to server-sent events at once.</summary>
    public static Refusal UnreadSocket { get; } = new(
        RefusalCode.UpgradeRefused, "There are rules about what messages say, and nobody reads it in a WebSocket that did not begin as one to a model.", Rule: "tool_calls", Advice: "Use plain HTTP with server-sent events.");

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

    private static Dictionary<string, string>? HeadersAsked(HttpContext context, FactsAsked asks)
    {
        if (asks.Headers.Count == 0)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in asks.Headers)
        {
            if (context.Request.Headers.TryGetValue(name, out var values))
            {
                fields[name] = string.Join(", ", values.AsEnumerable());
            }
        }

        return fields;
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };
}
