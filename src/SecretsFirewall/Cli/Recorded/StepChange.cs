using System.Globalization;
using System.Text.Json.Nodes;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>What would let one step through: an exception for each rule that refuses it, and a rule where none allows it.</summary>
internal sealed record StepChange(IReadOnlyList<JsonObject> Rules, IReadOnlyList<JsonObject> Exceptions)
{
    /// <summary>How long a suggested exception holds: long enough to decide for good.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromDays(30);

    /// <returns>Null where no rule could let it through: class, level and gate say no.</returns>
    /// <param name="decider">The rule that refused it then; null where none did.</param>
    /// <param name="match">What it is to be let through for.</param>
    public static StepChange? Allowing(RecordedAnswer answer, string? decider, PolicyStage stage, string id, Func<JsonObject> match, DateTimeOffset now, string reason)
    {
        if (answer is { Outcome: not PolicyOutcome.Allow, Rule: ClassRuling.MatrixRule or ClassRuling.GateRule })
        {
            return null;
        }

        var expires = (now + Lasting).UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var refusing = answer.Rules.Where(rule => rule is { IsShadow: false, Outcome: not PolicyOutcome.Allow } && (rule.Applies is true || rule.Rule == decider));
        var exceptions = refusing.Select(rule => new JsonObject
        {
            ["id"] = PolicyChange.Id($"{id}-{rule.Rule}"),
            ["rule"] = rule.Rule,
            ["match"] = match(),
            ["expires"] = expires,
            ["owner"] = "operator",
            ["reason"] = reason,
        });
        var isAllowed = answer.Rules.Any(static rule => rule is { IsShadow: false, Outcome: PolicyOutcome.Allow, Applies: true });
        var rules = isAllowed ? [] : new List<JsonObject> { Rule(id, stage, PolicyOutcome.Allow, match(), reason) };
        return new StepChange(rules, [.. exceptions]);
    }

    public static JsonObject Rule(string id, PolicyStage stage, PolicyOutcome outcome, JsonObject match, string reason) => new()
    {
        ["id"] = PolicyChange.Id(id),
        ["on"] = DocumentWord.Of(stage),
        ["outcome"] = DocumentWord.Of(outcome),
        ["match"] = match,
        ["reason"] = reason,
    };

    /// <summary>As narrow as the record lets it be.</summary>
    public static JsonObject Match(RecordedFacts recorded)
    {
        var facts = recorded.Facts;
        var match = new JsonObject { ["agent"] = Equal(facts.Agent), ["host"] = Equal(facts.Destination.Host) };
        if (facts.On is PolicyStage.ToolCall)
        {
            match["tool"] = Equal(facts.Tool!);
            return match;
        }

        match["port"] = Equal(facts.Destination.Port);
        if (facts.On is PolicyStage.Request)
        {
            match["method"] = Equal(facts.Method);
            if (!recorded.Missing.Contains("path") && PathRules.Read(facts.Path) is { IsOne: true } path)
            {
                match["path"] = Equal(path.Joined);
            }
        }

        return match;
    }

    public static JsonObject Equal(JsonNode value) => new() { ["eq"] = value };
}
