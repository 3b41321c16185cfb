using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>How a decision about a request becomes a refusal: MCP messages, requests to models, tools that are offered.</summary>
internal static class GateRefusal
{
    /// <summary>Of a decision that is not to allow.</summary>
    public static Refusal Of(PolicyDecision decision) => decision.Outcome is PolicyOutcome.Pending
        ? Waiting(decision.Reason, decision.Rule, DecisionText.Advice(decision))
        : DecisionText.Refuse(RefusalCode.PolicyDenied, decision);

    /// <summary>The one place where something waits for a person: whoever brings approvals brings them here.</summary>
    public static Refusal Waiting(string reason, string rule, string? advice) =>
        new(RefusalCode.PolicyDenied, $"{reason.TrimEnd('.')}. A person would have to agree to it.", rule, advice);
}
