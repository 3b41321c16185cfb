using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Recorded;

/// <summary><c>sfw explain --json</c>: the records as they stand in the log, and what was made of them.</summary>
internal static class ExplainJson
{
    public static string Write(IReadOnlyList<AuditEntry> entries, ExchangeExplanation? explanation)
    {
        var root = new JsonObject
        {
            ["exchange"] = entries[^1].Record.Exchange,
            ["records"] = new JsonArray([.. entries.Select(static entry => JsonNode.Parse(entry.Line))]),
        };
        if (explanation is not null)
        {
            root["same_policy"] = explanation.IsSamePolicy;
            root["steps"] = new JsonArray([.. explanation.Steps.Select(Step)]);
            root["change"] = explanation.Change is { } change ? Change(change) : null;
            root["advice"] = explanation.Advice;
        }

        return root.ToJsonString();
    }

    public static JsonObject Change(PolicyChange change) => new()
    {
        ["path"] = change.Path,
        ["document"] = JsonNode.Parse(change.Content),
        ["diff"] = string.Join('\n', change.Diff()) + "\n",
        ["check"] = change.Check,
    };

    private static JsonObject Step(ExplainedStep step) => new()
    {
        ["on"] = DocumentWord.Of(step.On),
        ["tool"] = step.Tool,
        ["said"] = step.Said,
        ["outcome"] = step.Answer.Outcome is { } outcome ? DocumentWord.Of(outcome) : null,
        ["rule"] = step.Answer.Rule,
        ["not_recorded"] = Texts(step.Answer.Missing),
        ["rules"] = new JsonArray([.. step.Answer.Rules.Select(static rule => new JsonObject
        {
            ["rule"] = rule.Rule,
            ["outcome"] = DocumentWord.Of(rule.Outcome),
            ["shadow"] = rule.IsShadow,
            ["applies"] = rule.Applies,
            ["condition"] = rule.Condition,
            ["fact"] = rule.Fact,
            ["not_recorded"] = Texts(rule.Missing),
        })]),
    };

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(static text => (JsonNode)text)]);
}
