using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Asks policy again where a body or a message shows what the head did not. The redaction plan stays the head's, which is the stricter one.
/// What looks like both a model's traffic and MCP is asked about as each: who receives it decides which half to read.
/// </summary>
internal static class ShownTraffic
{
    public static bool IsLlm(RecognisedTraffic traffic) => traffic.Dialect is not LlmDialect.None;

    public static bool IsMcp(RecognisedTraffic traffic) => traffic.Shape is TrafficShape.Mcp;

    public static Refusal? Ask(Exchange exchange, ExchangeState state, bool isLlm, bool isMcp)
    {
        if (isLlm)
        {
            exchange.Kind = DestinationKind.Llm; // nothing is bound into a model's body, on whatever host
        }

        return (isLlm ? Decide(exchange, state, state.Facts! with { TrafficIsLlm = true, TrafficIsMcp = false }) : null)
            ?? (isMcp ? Decide(exchange, state, state.Facts! with { TrafficIsLlm = false, TrafficIsMcp = true }) : null);
    }

    private static Refusal? Decide(Exchange exchange, ExchangeState state, PolicyFacts facts)
    {
        var decision = state.Decide(facts);
        if (decision.Outcome is PolicyOutcome.Pending && exchange.WebSocket is null)
        {
            state.WaitFor(decision); // the body is read whole by now
            return null;
        }

        return decision.Outcome is PolicyOutcome.Allow ? null : DecisionText.Refuse(RefusalCode.PolicyDenied, decision);
    }
}
