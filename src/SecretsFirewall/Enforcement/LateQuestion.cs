using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Asks policy once more where its rules look into the body, or at what was found: the request is read and inspected by now, and nothing of it has left. A policy
/// without such rules is never asked. The redaction plan stays the head's, by which the request was inspected.
/// </summary>
internal static class LateQuestion
{
    public static Refusal? Ask(HttpContext context, Exchange exchange, ExchangeState state, RequestBodyInspection body)
    {
        var asks = state.Policy.Asks;
        var isHidden = state.Facts!.Operation is { NeedsBody: true };
        if (!asks.Body && !asks.Findings && !isHidden)
        {
            return null;
        }

        if (asks.Body && body.Text is { Length: > 0 } text && JsonBody.LooksLikeJson(text.Span)
            && JsonBody.Check(text.Span) is not (JsonDefect.None or JsonDefect.NotJson))
        {
            return new(RefusalCode.MalformedRequest, "A rule looks into the JSON body, and it can be read in more than one way (duplicate keys, a byte order mark, invalid UTF-8).", Rule: "json");
        }

        var facts = state.Facts! with
        {
            IsInspected = true,
            Operation = isHidden ? state.Policy.OperationOf(KnownRequest.Of(context, exchange, body.Text)) : state.Facts!.Operation,
            Body = asks.Body ? body.Text : null,
            Findings = asks.Findings && body.IsWhole ? exchange.Findings : null,
        };
        return Decide(state, facts, body, isMain: true)
            ?? (ShownTraffic.IsLlm(state.Traffic) && !facts.TrafficIsLlm ? Decide(state, facts with { TrafficIsLlm = true }, body, isMain: false) : null)
            ?? (ShownTraffic.IsMcp(state.Traffic) ? Decide(state, facts with { TrafficIsLlm = false, TrafficIsMcp = true }, body, isMain: false) : null);
    }

    private static Refusal? Decide(ExchangeState state, PolicyFacts facts, RequestBodyInspection body, bool isMain)
    {
        var decision = state.Decide(facts);
        if (isMain)
        {
            var head = state.Decision!;
            state.Decision = decision with { Kind = head.Kind, RequestPlan = head.RequestPlan, ResponsePlan = head.ResponsePlan };
        }

        // Whoever agrees, agrees to all of it: what streams, nobody has seen.
        if (decision.Outcome is PolicyOutcome.Pending && body.IsWhole)
        {
            state.WaitFor(decision);
            state.KeepForApproval((body.Text ?? body.Received!.Value).Span); // a push and a call are no text, and are agreed to byte for byte as well
            return null;
        }

        return decision.Outcome is PolicyOutcome.Allow ? null : DecisionText.Refuse(RefusalCode.PolicyDenied, decision);
    }
}
