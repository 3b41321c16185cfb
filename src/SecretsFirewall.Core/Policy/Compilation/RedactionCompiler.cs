using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written table to plans. What would let a registered value pass does not load.</summary>
internal sealed class RedactionCompiler(List<PolicyError> errors)
{
    public RedactionTable Compile(Placed<RedactionDocument> table) =>
        new(Plans(table.Part(table.Value.Request, "request")), Plans(table.Part(table.Value.Response, "response")))
        {
            Captures = table.Value.Capture is CaptureWord.Session,
        };

    private Dictionary<DestinationKind, RedactionPlan> Plans(Placed<RedactionByKind> rows) => new()
    {
        [DestinationKind.Llm] = Plan(rows.Part(rows.Value.Llm, "llm")),
        [DestinationKind.Tool] = Plan(rows.Part(rows.Value.Tool, "tool")),
        [DestinationKind.Registry] = Plan(rows.Part(rows.Value.Registry, "registry")),
        [DestinationKind.Other] = Plan(rows.Part(rows.Value.Other, "other")),
    };

    private RedactionPlan Plan(Placed<RedactionRow> row)
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
        };
    }

    private void Require(Placed<RedactionRow> row, string cell, bool condition, string message)
    {
        if (!condition)
        {
            errors.Add(row.Error(cell, message));
        }
    }
}
