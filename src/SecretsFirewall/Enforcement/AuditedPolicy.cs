using SecretsFirewall.Audit;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>What the audit says of a decision beside its outcome and rule.</summary>
internal static class AuditedPolicy
{
    /// <summary>Each as <c>rule:outcome</c>, joined; null without any.</summary>
    public static string? Shadow(PolicyDecision? decision) =>
        decision is { Shadow.Count: > 0 } ? string.Join(' ', decision.Shadow.Select(static one => $"{one.Rule}:{one.Outcome.ToString().ToLowerInvariant()}")) : null;

    /// <summary>Adds them to a record. What a policy that only observes lets through, nobody vouches for.</summary>
    public static AuditRecord With(AuditRecord record, ExchangeState? state) => state is null ? record : record with
    {
        Class = state.Decision?.ClassWord ?? (state.ToolCalls?.Class is { } ofCalls ? PolicyDecision.Word(ofCalls) : null),
        Observed = state.Decision?.Observed?.ToString().ToLowerInvariant(),
        Shadow = Shadow(state.Decision),
        Trust = state.Policy.Mode is PolicyMode.Observe ? "unverified" : null,
    };
}
