using System.Text.Json;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From what a rule says beside its outcome to its effects. What could have no effect is an error.</summary>
internal static class EffectCompiler
{
    private static readonly TimeSpan LongestTtl = TimeSpan.FromHours(24);

    public static RuleEffects Compile(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        var rule = written.Value;
        Require(rule.On is not PolicyStage.Connect, rule.Class is null && rule.External is null, "class", "'class' and 'external' say what an action is: not on connect.");
        Require(rule.Outcome is PolicyOutcome.Pending, rule.Approval is null, "approval", "'approval' belongs to the outcome pending.");
        Require(rule.Outcome is PolicyOutcome.Steer, rule.Alternatives is null, "alternatives", "'alternatives' belong to the outcome steer.");
        Require(rule.Outcome is not PolicyOutcome.Allow, rule.Guidance is null, "guidance", "'guidance' belongs to a rule that refuses.");
        Require(rule is { Outcome: PolicyOutcome.Allow, On: PolicyStage.Request }, rule.Limits is null, "limits", "'limits' belong to a rule with on: request that allows.");
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
            Role = Role(written, errors),
            Ttl = Ttl(written, errors),
            Guidance = rule.Guidance,
            Alternatives = rule.Alternatives ?? [],
            Limits = rule.Limits is { } said ? new PolicyLimits(said.RequestBytes, said.ResponseBytes) : PolicyLimits.None,
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

    private static ApprovalRole? Role(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        switch (written.Value)
        {
            case { Outcome: not PolicyOutcome.Pending }:
                return null;
            case { Approval.Role: null or "approver" }:
            case { Approval: null }:
                return ApprovalRole.Approver;
            case { Approval.Role: not "admin" }:
                errors.Add(written.Error("approval/role", "'approver' or 'admin'."));
                break;
        }

        return ApprovalRole.Admin;
    }

    private static TimeSpan? Ttl(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        if (written.Value.Approval?.Ttl is not { } text)
        {
            return null;
        }

        var unit = text.Length > 0 ? text[^1] : ' ';
        var time = text.Length is > 1 and <= 5 && int.TryParse(text.AsSpan(0, text.Length - 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? unit switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.Zero }
            : TimeSpan.Zero;
        if (time <= TimeSpan.Zero || time > LongestTtl)
        {
            errors.Add(written.Error("approval/ttl", "A time such as 30m or 1h: 24h at most."));
        }

        return time;
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
