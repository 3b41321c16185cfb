using System.Collections.Frozen;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written table, and what is said about single rules, to plans. What would let a registered value pass does not load.</summary>
internal sealed class RedactionCompiler(DetectionCompiler detection, List<PolicyError> errors)
{
    public RedactionTable Compile(Placed<RedactionDocument> table, DetectionChoices choices) => new(
        Plans(table.Part(table.Value.Request, "request"), Direction.Request),
        Plans(table.Part(table.Value.Response, "response"), Direction.Response),
        choices.Ignored)
    {
        Captures = table.Value.Capture is CaptureWord.Session,
    };

    private Dictionary<DestinationKind, RedactionPlan> Plans(Placed<RedactionByKind> rows, Direction direction) => new()
    {
        [DestinationKind.Llm] = Plan(rows.Part(rows.Value.Llm, "llm"), direction, DestinationKind.Llm),
        [DestinationKind.Tool] = Plan(rows.Part(rows.Value.Tool, "tool"), direction, DestinationKind.Tool),
        [DestinationKind.Registry] = Plan(rows.Part(rows.Value.Registry, "registry"), direction, DestinationKind.Registry),
        [DestinationKind.Other] = Plan(rows.Part(rows.Value.Other, "other"), direction, DestinationKind.Other),
    };

    private RedactionPlan Plan(Placed<RedactionRow> row, Direction direction, DestinationKind kind)
    {
        var actions = row.Value;
        Require(row, "registered", actions.Registered is FindingAction.Mask or FindingAction.Block, "A registered value is masked or blocked, never less.");
        Require(row, "rule", actions.Rule != FindingAction.Bind, "Only references are bound, by their binding.");
        Require(row, "entropy", actions.Entropy != FindingAction.Bind, "Only references are bound, by their binding.");
        Require(
            row,
            "reference",
            actions.Reference is FindingAction.Block or FindingAction.Alert or FindingAction.Pass,
            "A reference that nothing binds is blocked, or left as it is with or without an alert.");
        return new RedactionPlan
        {
            Registered = actions.Registered,
            Rule = actions.Rule,
            Entropy = actions.Entropy,
            Reference = actions.Reference,
            Rules = OfSingleRules(direction, kind),
        };
    }

    /// <summary>The order of the actions is their strictness, as that of outcomes is.</summary>
    private FrozenDictionary<string, FindingAction> OfSingleRules(Direction direction, DestinationKind kind)
    {
        var strictest = new Dictionary<string, FindingAction>(StringComparer.Ordinal);
        foreach (var (rules, of, kinds, action) in detection.Actions)
        {
            if ((of ?? direction) != direction || kinds?.Contains(kind) is false)
            {
                continue;
            }

            foreach (var rule in rules)
            {
                strictest[rule] = strictest.TryGetValue(rule, out var other) && other < action ? other : action;
            }
        }

        return strictest.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private void Require(Placed<RedactionRow> row, string cell, bool condition, string message)
    {
        if (!condition)
        {
            errors.Add(row.Error(cell, message));
        }
    }
}
