using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>A decision as its refusal says it.</summary>
internal static class DecisionText
{
    /// <summary>What to do instead: the guidance, ways to do it otherwise, and what the operator could change.</summary>
    public static string? Advice(PolicyDecision decision)
    {
        if (decision is { Guidance: null, Alternatives.Count: 0 })
        {
            return decision.Advice;
        }

        var parts = new List<string>();
        if (decision.Guidance is { } guidance)
        {
            parts.Add(Sentence(guidance));
        }

        if (decision.Alternatives.Count > 0)
        {
            parts.Add($"Instead: {string.Join("; ", decision.Alternatives.Select(static one => one.Trim().TrimEnd('.')))}.");
        }

        if (decision.Advice is { } advice)
        {
            parts.Add(Sentence(advice));
        }

        return string.Join(' ', parts);
    }

    /// <param name="denied">The code where nothing but a refusal is meant.</param>
    public static Refusal Refuse(RefusalCode denied, PolicyDecision decision) => decision.Outcome switch
    {
        PolicyOutcome.Steer => new(RefusalCode.Steered, decision.Reason, decision.Rule, Advice(decision)),
        PolicyOutcome.Pending => new(denied, $"{Sentence(decision.Reason)} A person would have to agree to it.", decision.Rule, Advice(decision)),
        _ => new(denied, decision.Reason, decision.Rule, Advice(decision)),
    };

    private static string Sentence(string text) => text.Trim() is var trimmed && trimmed.EndsWith('.') ? trimmed : trimmed + ".";
}
