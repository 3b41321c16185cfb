using System.Buffers;
using System.Globalization;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>
/// A decision as canonical JSON (members in the order of their names, no blanks, what is null left out): equal decisions give equal bytes, so they can be compared,
/// hashed and kept.
/// </summary>
public static class DecisionJson
{
    public static byte[] Write(PolicyDecision decision)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteMembers(writer, decision);
        }

        return buffer.WrittenSpan.ToArray();
    }

    // In the order of the names.
    private static void WriteMembers(Utf8JsonWriter writer, PolicyDecision decision)
    {
        writer.WriteStartObject();
        Text(writer, "advice", decision.Advice);
        writer.WriteBoolean("allow_private", decision.AllowPrivate);
        List(writer, "alternatives", decision.Alternatives);
        Text(writer, "approval_ttl", decision.Approval?.TimeToLive.ToString("c", CultureInfo.InvariantCulture));
        writer.WriteBoolean("awaits_inspection", decision.AwaitsInspection);
        Text(writer, "class", Word(decision.Class));
        List(writer, "conditions", decision.Conditions);
        writer.WriteBoolean("external", decision.IsExternal);
        Text(writer, "guidance", decision.Guidance);
        Text(writer, "kind", Word<DestinationKind>(decision.Kind));
        Number(writer, "limit_request_bytes", decision.Limits.RequestBytes);
        Number(writer, "limit_response_bytes", decision.Limits.ResponseBytes);
        List(writer, "matched", decision.Matched);
        Text(writer, "observed", Word(decision.Observed));
        Text(writer, "opaque", decision.Opaque?.Id);
        Text(writer, "outcome", Word<PolicyOutcome>(decision.Outcome));
        writer.WriteBoolean("path_undecided", decision.PathUndecided);
        Text(writer, "provider", decision.Provider);
        Text(writer, "reason", decision.Reason);
        Plan(writer, "request_plan", decision.RequestPlan);
        Text(writer, "required_role", decision.Approval?.Role.Word());
        Plan(writer, "response_plan", decision.ResponsePlan);
        writer.WriteBoolean("rests_on_method", decision.RestsOnMethod);
        Text(writer, "rule", decision.Rule);
        List(writer, "shadow", [.. decision.Shadow.Select(static one => $"{one.Rule}:{Word<PolicyOutcome>(one.Outcome)}")]);
        writer.WriteEndObject();
    }

    private static void Plan(Utf8JsonWriter writer, string name, RedactionPlan plan)
    {
        writer.WriteStartObject(name);
        Text(writer, "entropy", Word<FindingAction>(plan.Entropy));
        Text(writer, "reference", Word<FindingAction>(plan.Reference));
        Text(writer, "registered", Word<FindingAction>(plan.Registered));
        Text(writer, "rule", Word<FindingAction>(plan.Rule));
        writer.WriteStartObject("rules");
        foreach (var (rule, action) in plan.Rules.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            Text(writer, rule, Word<FindingAction>(action));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Number(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void List(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static string? Word<T>(T? value)
        where T : struct, Enum => value is { } known ? JsonNamingPolicy.SnakeCaseLower.ConvertName(known.ToString()) : null;
}
