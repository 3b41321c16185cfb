using System.Collections.Frozen;
using System.Text.Json;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From what a rule says beside its outcome to its effects. What could have no effect is an error.</summary>
internal static class EffectCompiler
{
    /// <param name="isLate">The rule is decided once the body was inspected, when it is too late to inspect it otherwise.</param>
    public static RuleEffects Compile(Placed<RuleDocument> written, RuleIds detection, bool isLate, List<PolicyError> errors)
    {
        var rule = written.Value;
        Require(rule.On is not PolicyStage.Connect, rule.Class is null && rule.External is null, "class", "'class' and 'external' say what an action is: not on connect.");
        Require(rule.Outcome is PolicyOutcome.Steer, rule.Alternatives is null, "alternatives", "'alternatives' belong to the outcome steer.");
        Require(rule.Outcome is not PolicyOutcome.Allow, rule.Guidance is null, "guidance", "'guidance' belongs to a rule that refuses.");
        Require(rule is { Outcome: PolicyOutcome.Allow, On: PolicyStage.Request }, rule.Limits is null, "limits", "'limits' belong to a rule with on: request that allows.");
        Require(rule is { Outcome: PolicyOutcome.Allow, On: PolicyStage.Request } && !isLate, rule.Redact is null, "redact", "'redact' belongs to a rule with on: request that allows, and asks nothing about the body.");
        Require(rule.Inspect is null, rule.Mode is not RuleMode.Shadow, "mode", "A tunnel is carried unread or it is not.");
        if (rule is { External: true, Class: null })
        {
            errors.Add(written.Error("external", "'external' needs a class beside it."));
        }

        if (rule.Limits is { } limits && ((limits.RequestBytes ?? limits.ResponseBytes) is null || limits.RequestBytes < 0 || limits.ResponseBytes < 0))
        {
            errors.Add(written.Error("limits", "Bytes from 0 on, for one direction at least."));
        }

        return new RuleEffects
        {
            Class = rule.Class,
            External = rule.External,
            Approval = ApprovalCompiler.Compile(written, errors),
            Guidance = rule.Guidance,
            Alternatives = rule.Alternatives ?? [],
            Limits = rule.Limits is { } said ? new PolicyLimits(said.RequestBytes, said.ResponseBytes) : PolicyLimits.None,
            Redactions = [.. (rule.Redact ?? []).Select((one, i) => Redaction(written.Part(one, $"redact/{i}"), detection, errors))],
            Conditions = Conditions(rule.Match),
        };

        void Require(bool isPlace, bool isSilent, string member, string message)
        {
            if (!isPlace && !isSilent)
            {
                errors.Add(written.Error(member, message));
            }
        }
    }

    private static RuleRedaction Redaction(Placed<RedactDocument> written, RuleIds detection, List<PolicyError> errors)
    {
        if (written.Value.Action is not (FindingAction.Mask or FindingAction.Block))
        {
            errors.Add(written.Error("action", "A rule masks or blocks; what is to pass stands in detection."));
        }

        var ids = detection.Resolve(written.Part(written.Value.Rules, "rules")).Distinct(StringComparer.Ordinal);
        return new RuleRedaction(ids.ToFrozenDictionary(static id => id, detection.KindOf, StringComparer.Ordinal), written.Value.Direction, written.Value.Action);
    }

    // As the file says it, less what it does not say.
    private static List<string> Conditions(MatchDocument match) =>
        [.. JsonSerializer.SerializeToElement(match, PolicyJson.Default.MatchDocument).EnumerateObject()
            .Where(static member => member.Value.ValueKind is not JsonValueKind.Null)
            .OrderBy(static member => member.Name, StringComparer.Ordinal)
            .Select(static member => $"{member.Name} {Said(member.Value)}")];

    public static string Said(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().Where(static one => one.Value.ValueKind is not JsonValueKind.Null).Select(static one => $"\"{one.Name}\":{Said(one.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Said)) + "]",
        _ => value.GetRawText(),
    };
}
