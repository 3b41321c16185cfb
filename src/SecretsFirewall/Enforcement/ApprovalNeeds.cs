using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>What a pending decision asks of a person, in one place.</summary>
internal static class ApprovalNeeds
{
    public static ApprovalTerms Of(PolicyDecision decision) => decision.Approval ?? ApprovalTerms.Default;
}
