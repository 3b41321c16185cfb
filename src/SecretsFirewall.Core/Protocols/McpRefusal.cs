using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols;

/// <summary>
/// Refusals for MCP (WIRE.md section 2.9): a tool call gets a result that says that it failed, which models read; other requests get a
/// JSON-RPC error, which SDKs throw; what expects no answer gets the HTTP status with an error that has no id.
/// Batches are answered request by request.
/// </summary>
internal static class McpRefusal
{
    // Of the range for implementations (-32000 to -32019), without -32001, which an SDK uses for timeouts.
    internal const int RefusedByFirewall = -32010;

    private sealed record Answer(Refusal Refusal, string ExchangeId, string Text);

    public static RefusalResponse Render(Refusal refusal, string exchangeId, string text, RecognisedTraffic traffic)
    {
        var answer = new Answer(refusal, exchangeId, text);
        if (traffic.Batch is { Count: > 0 } batch)
        {
            var answers = RefusalResponses.Write((answer, batch), static (writer, state) =>
            {
                writer.WriteStartArray();
                foreach (var request in state.batch)
                {
                    WriteOne(writer, state.answer, request);
                }

                writer.WriteEndArray();
            });
            return traffic.IsAnsweredElsewhere ? Ok(answers) with { Status = refusal.Status } : Ok(answers);
        }

        var single = new JsonRpcRequest(traffic.McpMethod, traffic.JsonRpcId);
        var body = RefusalResponses.Write((answer, single), static (writer, state) => WriteOne(writer, state.answer, state.single));
        var expectsAnswer = traffic.Batch is null && traffic.McpMethod is not null && !traffic.JsonRpcId.IsEmpty;
        return expectsAnswer && !traffic.IsAnsweredElsewhere ? Ok(body) : Ok(body) with { Status = refusal.Status };
    }

    private static RefusalResponse Ok(byte[] body) => new(200, "application/json", body);

    private static void WriteOne(Utf8JsonWriter writer, Answer answer, JsonRpcRequest request)
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        writer.WritePropertyName("id");
        if (request.Id.IsEmpty)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(request.Id.Span);
        }

        if (request.Method == McpMethods.ToolCall && !request.Id.IsEmpty)
        {
            WriteToolResult(writer, answer);
        }
        else
        {
            WriteError(writer, answer);
        }

        writer.WriteEndObject();
    }

    private static void WriteToolResult(Utf8JsonWriter writer, Answer answer)
    {
        writer.WriteStartObject("result");
        writer.WriteString("resultType", "complete");
        writer.WriteStartArray("content");
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", answer.Text);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteBoolean("isError", true);
        if (answer.Refusal.Approval is not null)
        {
            writer.WriteStartObject("_meta");
            writer.WriteStartObject("secretsfirewall/approval");
            writer.WriteString("code", answer.Refusal.WireCode);
            RefusalResponses.WriteDecision(writer, answer.Refusal, answer.ExchangeId);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter writer, Answer answer)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("code", RefusedByFirewall);
        writer.WriteString("message", answer.Text);
        writer.WriteStartObject("data");
        writer.WriteString("code", answer.Refusal.WireCode);
        if (answer.Refusal.Rule is { } rule)
        {
            writer.WriteString("rule", rule);
        }

        RefusalResponses.WriteDecision(writer, answer.Refusal, answer.ExchangeId);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
