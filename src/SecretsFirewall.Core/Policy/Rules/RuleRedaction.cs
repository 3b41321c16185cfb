using System.Collections.Frozen;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Rules;

/// <summary>What a rule that allows does about findings: never less than the plan does already.</summary>
/// <param name="Kinds">The detection rules that it is about, each with its net.</param>
/// <param name="Direction">Null for both.</param>
internal sealed record RuleRedaction(FrozenDictionary<string, FindingKind> Kinds, Direction? Direction, FindingAction Action)
{
    public RedactionPlan Apply(RedactionPlan plan, Direction direction)
    {
        if ((Direction ?? direction) != direction)
        {
            return plan;
        }

        var rules = new Dictionary<string, FindingAction>(plan.Rules, StringComparer.Ordinal);
        foreach (var (rule, kind) in Kinds)
        {
            var known = plan.Rules.GetValueOrDefault(rule, kind is FindingKind.Entropy ? plan.Entropy : plan.Rule);
            rules[rule] = Action < known ? Action : known; // their order is their strictness
        }

        return plan with { Rules = rules.ToFrozenDictionary(StringComparer.Ordinal) };
    }
}
