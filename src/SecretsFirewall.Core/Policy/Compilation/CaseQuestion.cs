using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the facts of a case, as they are written, to a question.</summary>
internal static class CaseQuestion
{
    /// <summary>The tool that a case's command line is given to.</summary>
    private const string CommandTool = "bash";

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static PolicyFacts Of(Placed<CaseDocument> written, string host, List<PolicyError> errors)
    {
        var facts = written.Value.Facts;
        var scheme = facts.Scheme ?? "https";
        if (facts.Command is not null && (facts.Tool ?? facts.Arguments) is not null)
        {
            errors.Add(written.Error("facts/command", "'command' stands in the place of 'tool' and 'arguments'."));
        }

        return new PolicyFacts
        {
            On = facts.On ?? PolicyStage.Request,
            Agent = facts.Agent ?? AgentIdentity.Local,
            Level = facts.Level ?? 1,
            Destination = new Destination(scheme, host, facts.Port ?? (scheme == "https" ? 443 : 80)),
            Method = facts.Method ?? "GET",
            Path = facts.Path ?? "/",
            QueryLength = facts.QueryLength ?? facts.Query?.Length ?? 0,
            BodyLength = facts.BodyLength ?? (facts.Body is { } text ? Encoding.UTF8.GetByteCount(text) : 0),
            TrafficIsLlm = facts.Traffic == TrafficWord.Llm,
            TrafficIsMcp = facts.Traffic == TrafficWord.Mcp,
            Tool = facts.Command is null ? facts.Tool : CommandTool,
            Arguments = facts.Command is { } line ? Arguments(line) : facts.Arguments,
            McpMethod = facts.McpMethod ?? (facts.On is PolicyStage.McpCall ? PolicySnapshot.McpToolCall : null),
            Model = facts.Model,
            Stream = facts.Stream,
            MaxTokens = facts.MaxTokens,
            OfferedTools = facts.OfferedTools ?? (facts.On is PolicyStage.ModelRequest ? [] : null),
            Session = facts.Session,
            GateOpen = facts.GateOpen ?? false,
            Headers = new Dictionary<string, string>(facts.Headers ?? [], StringComparer.OrdinalIgnoreCase),
            Query = facts.Query ?? "",
            Body = (facts.Body ?? (facts.Findings is null ? null : "{}")) is { } body ? Encoding.UTF8.GetBytes(body) : null,
            Findings = [.. (facts.Findings ?? []).Select(Finding)],
            IsInspected = (facts.Body ?? (object?)facts.Findings) is not null, // a case that says neither is about the head alone
            At = At(written, errors),
        };
    }

    private static Finding Finding(CaseFinding one) =>
        new(one.Kind, one.Rule, default, Carrier.Body, "", FindingAction.Alert) { Count = one.Count ?? 1 };

    private static string Arguments(string line)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartObject();
            writer.WriteString("command", line);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static DateTimeOffset At(Placed<CaseDocument> written, List<PolicyError> errors)
    {
        var facts = written.Value.Facts;
        var time = TimeOnly.MinValue;
        if (facts.Time is { } text && (facts.At is null || !TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time)))
        {
            errors.Add(written.Error("facts/time", "A time such as 08:30, with a day in 'at'."));
        }

        return facts.At is { } day ? new DateTimeOffset(day, time, TimeSpan.Zero) : DateTimeOffset.MaxValue;
    }
}
