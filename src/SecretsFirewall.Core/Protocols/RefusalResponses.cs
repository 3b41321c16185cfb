using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols;

/// <summary>An answer to send to the client in place of the upstream's.</summary>
public sealed record RefusalResponse(int Status, string ContentType, byte[] Body);

/// <summary>
/// Says no in the words that the client understands: a model provider's error, an MCP tool's error, or a problem document (RFC 9457).
/// What an agent sees it may feed to its model, so the text holds nothing that the request said, a JSON-RPC id aside.
/// </summary>
public static class RefusalResponses
{
    private const string Json = "application/json";

    // Not for HTML: quotes and apostrophes may be read as they are.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="exchangeId">Ours; <c>sfw explain</c> takes it.</param>
    public static RefusalResponse Render(Refusal refusal, string exchangeId, RecognisedTraffic traffic)
    {
        var text = RefusalText.Compose(refusal, exchangeId);
        return traffic.Shape switch
        {
            TrafficShape.Llm => Llm(refusal, text, traffic.Dialect),
            TrafficShape.Mcp => McpRefusal.Render(refusal, exchangeId, text, traffic),
            _ => Problem(refusal, text, exchangeId),
        };
    }

    /// <summary>A failure of ours as an error of the provider, for the midst of a stream.</summary>
    public static byte[] Failure(LlmDialect dialect, string message) => LlmErrors.Write(dialect, 502, "upstream_protocol", message);

    internal static byte[] Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, Writing))
        {
            write(writer, state);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The members that name the decision, in whatever object stands open.</summary>
    internal static void WriteDecision(Utf8JsonWriter writer, Refusal refusal, string exchangeId)
    {
        if (refusal.Approval is not { } approval)
        {
            writer.WriteString("decision_id", exchangeId);
            return;
        }

        writer.WriteString("decision_id", approval.DecisionId);
        writer.WriteString("expires_at", approval.ExpiresAt.UtcDateTime);
        writer.WriteString("required_role", approval.RequiredRole.Word());
        writer.WriteString("fingerprint", approval.Fingerprint);
    }

    // Agents retry a 403 or call it a failed authentication; a 400 they show (WIRE.md section 2.11).
    private static RefusalResponse Llm(Refusal refusal, string text, LlmDialect dialect)
    {
        var status = refusal.Status is 403 or 428 ? 400 : refusal.Status;
        return new RefusalResponse(status, Json, LlmErrors.Write(dialect, status, refusal.WireCode, text));
    }

    private static RefusalResponse Problem(Refusal refusal, string text, string exchangeId)
    {
        var body = Write((refusal, text, exchangeId), static (writer, problem) =>
        {
            writer.WriteStartObject();
            writer.WriteString("type", $"urn:secretsfirewall:{problem.refusal.WireCode}");
            writer.WriteString("title", RefusalText.Title(problem.refusal));
            writer.WriteNumber("status", problem.refusal.Status);
            writer.WriteString("detail", problem.text);
            writer.WriteString("instance", $"urn:secretsfirewall:exchange:{problem.exchangeId}");
            writer.WriteString("code", problem.refusal.WireCode);
            if (problem.refusal.Rule is { } rule)
            {
                writer.WriteString("rule", rule);
            }

            WriteDecision(writer, problem.refusal, problem.exchangeId);
            writer.WriteEndObject();
        });
        return new RefusalResponse(refusal.Status, "application/problem+json", body);
    }
}
