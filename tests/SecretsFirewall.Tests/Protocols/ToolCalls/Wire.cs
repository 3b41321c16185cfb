using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>Answers as the providers write them (WIRE.md sections 2.1, 2.2, 2.4, 2.5).</summary>
internal static class Wire
{
    /// <summary>Arguments that a test looks for; each piece is a delta of its own.</summary>
    public static readonly string[] Pieces = ["", "{\"path\": \"/tmp", "/a\\u00", "e9\", \"n\":", " 1}"];

    /// <summary>The same as a rule sees them.</summary>
    public const string Arguments = "{\"path\":\"/tmp/aé\",\"n\":1}";

    public static string Json(string text) => JsonSerializer.Serialize(text);

    // ---- Anthropic

    public static string Event(string type, string rest) => $$"""
        event: {{type}}
        data: {"type":"{{type}}"{{(rest.Length > 0 ? "," : "")}}{{rest}}}


        """.ReplaceLineEndings("\n");

    public static string MessageStart => Event("message_start", """
        "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}
        """.Trim());

    public static string Thinking(int index) =>
        Event("content_block_start", $$"""
            "index":{{index}},"content_block":{"type":"thinking","thinking":"","signature":""}
            """.Trim())
        + Event("content_block_delta", $$"""
            "index":{{index}},"delta":{"type":"thinking_delta","thinking":"Hm."}
            """.Trim())
        + Event("content_block_delta", $$"""
            "index":{{index}},"delta":{"type":"signature_delta","signature":"c2ln"}
            """.Trim())
        + BlockStop(index);

    public static string TextBlock(int index, string text) =>
        Event("content_block_start", $$"""
            "index":{{index}},"content_block":{"type":"text","text":""}
            """.Trim())
        + Event("content_block_delta", $$"""
            "index":{{index}},"delta":{"type":"text_delta","text":{{Json(text)}}}
            """.Trim())
        + BlockStop(index);

    public static string BlockStart(int index, string tool, string input = "{}") => Event("content_block_start", $$"""
        "index":{{index}},"content_block":{"type":"tool_use","id":"toolu_{{index}}","name":"{{tool}}","input":{{input}}}
        """.Trim());

    public static string InputDelta(int index, string piece) => Event("content_block_delta", $$"""
        "index":{{index}},"delta":{"type":"input_json_delta","partial_json":{{Json(piece)}}}
        """.Trim());

    public static string BlockStop(int index) => Event("content_block_stop", $"\"index\":{index}");

    public static string ToolBlock(int index, string tool, params string[] pieces) =>
        BlockStart(index, tool) + string.Concat((pieces.Length > 0 ? pieces : Pieces).Select(piece => InputDelta(index, piece))) + BlockStop(index);

    public static string MessageEnd(string reason) => Event("message_delta", $$"""
        "delta":{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{"output_tokens":42}
        """.Trim()) + Event("message_stop", "");

    public static string Ping => Event("ping", "");

    public static string Message(string content, string reason) => $$$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"m", "content":[{{{content}}}],"stop_reason": "{{{reason}}}","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":7}}
        """;

    public static string ToolUse(string tool) => $$$"""
        {"type":"tool_use","id":"toolu_{{{tool}}}","name":"{{{tool}}}","input":{ "path": "/tmp/a\u00e9", "n":1 }}
        """;

    // ---- Chat Completions

    public static string Chunk(string delta, string finish = "null", int choice = 0) => $$$"""
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":{{{choice}}},"delta":{{{delta}}},"finish_reason":{{{finish}}}}]}


        """.ReplaceLineEndings("\n");

    public static string ChatStart => Chunk("""{"role":"assistant","content":""}""") + Chunk("""{"content":"Let me see."}""");

    public static string CallDelta(int index, string tool, string arguments, int choice = 0) => Chunk($$$"""
        {"tool_calls":[{"index":{{{index}}},"id":"call_{{{index}}}","type":"function","function":{"name":"{{{tool}}}","arguments":{{{Json(arguments)}}} } }]}
        """.Trim(), choice: choice);

    public static string ArgumentsDelta(int index, string piece, int choice = 0) => Chunk($$$"""
        {"tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{Json(piece)}}} } }]}
        """.Trim(), choice: choice);

    public static string ChatCall(int index, string tool, int choice = 0) =>
        CallDelta(index, tool, Pieces[0], choice) + string.Concat(Pieces.Skip(1).Select(piece => ArgumentsDelta(index, piece, choice)));

    public static string Done => "data: [DONE]\n\n";

    public static string ChatEnd(string reason = "tool_calls") => Chunk("{}", $"\"{reason}\"")
        + "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\n" + Done;

    // ---- Responses

    /// <summary>Events with their numbers, from 0.</summary>
    public static string Numbered(params IEnumerable<(string Type, string Members)> events) => string.Concat(events.Select((one, number) =>
        $"event: {one.Type}\ndata: {{\"type\":\"{one.Type}\",\"sequence_number\":{number}{(one.Members.Length > 0 ? "," : "")}{one.Members}}}\n\n"));

    public static (string, string) Created => ("response.created", """
        "response":{"id":"resp_1","object":"response","status":"in_progress","output":[],"tools":[{"type":"function","name":"good_tool","parameters":{"type":"object"}}]}
        """.Trim());

    public static string FunctionItem(int index, string tool, string arguments, string status = "completed") => $$"""
        {"id":"fc_{{index}}","type":"function_call","status":"{{status}}","call_id":"call_{{index}}","name":"{{tool}}","arguments":{{Json(arguments)}}}
        """.Trim();

    public static IEnumerable<(string, string)> FunctionCall(int index, string tool)
    {
        yield return ("response.output_item.added", $"\"output_index\":{index},\"item\":{FunctionItem(index, tool, "", "in_progress")}");
        foreach (var piece in Pieces)
        {
            yield return ("response.function_call_arguments.delta", $"\"item_id\":\"fc_{index}\",\"output_index\":{index},\"delta\":{Json(piece)}");
        }

        yield return ("response.function_call_arguments.done", $"\"item_id\":\"fc_{index}\",\"output_index\":{index},\"arguments\":{Json(string.Concat(Pieces))}");
        yield return ("response.output_item.done", $"\"output_index\":{index},\"item\":{FunctionItem(index, tool, string.Concat(Pieces))}");
    }

    public static string MessageItem(string text) => $$$"""
        {"id":"msg_0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Json(text)}}},"annotations":[]}]}
        """.Trim();

    public static IEnumerable<(string, string)> MessageItemEvents(int index, string text) =>
    [
        ("response.output_item.added", $$"""
            "output_index":{{index}},"item":{"id":"msg_0","type":"message","status":"in_progress","role":"assistant","content":[]}
            """.Trim()),
        ("response.output_text.delta", $"\"item_id\":\"msg_0\",\"output_index\":{index},\"content_index\":0,\"delta\":{Json(text)}"),
        ("response.output_item.done", $"\"output_index\":{index},\"item\":{MessageItem(text)}"),
    ];

    public static (string, string) Completed(params IEnumerable<string> items) => ("response.completed",
        $"\"response\":{ResponseObject(items)}");

    public static string ResponseObject(params IEnumerable<string> items) =>
        $$$"""{"id":"resp_1","object":"response","status":"completed","output":[{{{string.Join(',', items)}}}],"usage":{"total_tokens":9}}""";

    /// <summary>The data of each event as JSON; events without JSON are left out.</summary>
    public static List<JsonNode> Events(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one[(one.IndexOf("data: ", StringComparison.Ordinal) + 6)..])
            .Where(data => data.StartsWith('{'))
            .Select(data => JsonNode.Parse(data)!),
    ];
}
