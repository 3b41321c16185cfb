using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>Answers with tool calls in the providers' shapes: words, then one call for each tool. Without tools they are words alone.</summary>
internal static class ToolCallAnswers
{
    private const string Arguments = "{\"path\": \"/tmp/a\"}";

    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly JsonSerializerOptions WithoutEscapes = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Message(params string[] tools) => JsonSerializer.Serialize(new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model = "m",
        content = (object[])[new { type = "text", text = "Hm." }, .. tools.Select((tool, i) => new { type = "tool_use", id = $"toolu_{i}", name = tool, input = new { path = "/tmp/a" }, caller = new { type = "direct" } })],
        stop_reason = tools.Length > 0 ? "tool_use" : "end_turn",
        stop_sequence = (string?)null,
        usage = new { input_tokens = 1, output_tokens = 2 },
    });

    public static string[] MessageEvents(params string[] tools) =>
    [
        Named("message_start", new { type = "message_start", message = new { id = "msg_1", type = "message", role = "assistant", model = "m", content = Array.Empty<int>(), stop_reason = (string?)null, stop_sequence = (string?)null, usage = new { input_tokens = 1, output_tokens = 1 } } }),
        Named("ping", new { type = "ping" }),
        Named("content_block_start", new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } }),
        Named("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text = "Hm." } }),
        Named("content_block_stop", new { type = "content_block_stop", index = 0 }),
        .. tools.SelectMany((tool, i) => (string[])
        [
            Named("content_block_start", new { type = "content_block_start", index = i + 1, content_block = new { type = "tool_use", id = $"toolu_{i}", name = tool, input = new { }, caller = new { type = "direct" } } }),
            Named("ping", new { type = "ping" }),
            .. Pieces.Select(piece => Named("content_block_delta", new { type = "content_block_delta", index = i + 1, delta = new { type = "input_json_delta", partial_json = piece } })),
            Named("content_block_stop", new { type = "content_block_stop", index = i + 1 }),
        ]),
        Named("message_delta", new { type = "message_delta", delta = new { stop_reason = tools.Length > 0 ? "tool_use" : "end_turn", stop_sequence = (string?)null }, usage = new { output_tokens = 2 } }),
        Named("message_stop", new { type = "message_stop" }),
    ];

    public static string Chat(params string[] tools) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[]
        {
            new { index = 0, message = new { role = "assistant", content = "Hm.", tool_calls = tools.Length == 0 ? null : tools.Select((tool, i) => new { id = $"call_{i}", type = "function", function = new { name = tool, arguments = Arguments } }) }, finish_reason = tools.Length > 0 ? "tool_calls" : "stop" },
        },
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });

    public static string[] ChatEvents(params string[] tools) =>
    [
        Chunk(new { role = "assistant", content = "one." }),
        .. tools.SelectMany((tool, i) => (string[])
        [
            Chunk(new { tool_calls = new[] { new { index = i, id = $"call_{i}", type = "function", function = new { name = tool, arguments = "" } } } }),
            .. Pieces.Select(piece => Chunk(new { tool_calls = new[] { new { index = i, function = new { arguments = piece } } } })),
        ]),
        Chunk(new { }, tools.Length > 0 ? "tool_calls" : "stop"),
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}",
        "data: [DONE]",
    ];

    public static string Response(params string[] tools) => JsonSerializer.Serialize(ResponseObject(tools));

    public static string[] ResponseEvents(params string[] tools)
    {
        var events = new List<(string Type, Func<int, object> Event)>
        {
            ("response.created", number => new { type = "response.created", sequence_number = number, response = new { id = "resp_1", @object = "response", created_at = 1, model = "m", status = "in_progress", output = Array.Empty<int>() } }),
        };
        Add("response.output_item.added", number => new { type = "response.output_item.added", sequence_number = number, output_index = 0, item = Words("in_progress", []) });
        Add("response.content_part.added", number => new { type = "response.content_part.added", sequence_number = number, output_index = 0, item_id = "msg_0", content_index = 0, part = Text("") });
        Add("response.output_text.delta", number => new { type = "response.output_text.delta", sequence_number = number, output_index = 0, item_id = "msg_0", content_index = 0, delta = "Hm.", logprobs = Array.Empty<int>() });
        Add("response.output_text.done", number => new { type = "response.output_text.done", sequence_number = number, output_index = 0, item_id = "msg_0", content_index = 0, text = "Hm.", logprobs = Array.Empty<int>() });
        Add("response.content_part.done", number => new { type = "response.content_part.done", sequence_number = number, output_index = 0, item_id = "msg_0", content_index = 0, part = Text("Hm.") });
        Add("response.output_item.done", number => new { type = "response.output_item.done", sequence_number = number, output_index = 0, item = Words("completed", [Text("Hm.")]) });
        for (var i = 0; i < tools.Length; i++)
        {
            var (index, tool) = (i + 1, tools[i]);
            events.Add(("response.output_item.added", number => new { type = "response.output_item.added", sequence_number = number, output_index = index, item = Item(index, tool, "", "in_progress") }));
            foreach (var piece in Pieces)
            {
                events.Add(("response.function_call_arguments.delta", number => new { type = "response.function_call_arguments.delta", sequence_number = number, item_id = $"fc_{index}", output_index = index, delta = piece }));
            }

            events.Add(("response.function_call_arguments.done", number => new { type = "response.function_call_arguments.done", sequence_number = number, item_id = $"fc_{index}", output_index = index, arguments = Arguments }));
            events.Add(("response.output_item.done", number => new { type = "response.output_item.done", sequence_number = number, output_index = index, item = Item(index, tool, Arguments, "completed") }));
        }

        events.Add(("response.completed", number => new { type = "response.completed", sequence_number = number, response = ResponseObject(tools) }));
        return [.. events.Select((one, number) => Named(one.Type, one.Event(number)))];

        void Add(string type, Func<int, object> make) => events.Add((type, make));
    }

    public static string Candidates(params string[] tools) => Candidate([new { text = "Hm." }, .. tools.Select(CandidateCall)], "STOP");

    public static string[] CandidateEvents(params string[] tools) =>
        [.. tools.Select(tool => Candidate([CandidateCall(tool)])).Prepend(Candidate([new { text = "Hm." }])).Append(Candidate([new { text = "" }], "STOP")).Select(one => "data: " + one)];

    public static string Converse(params string[] tools) => JsonSerializer.Serialize(new
    {
        output = new
        {
            message = new
            {
                role = "assistant",
                content = (object[])[new { text = "Hm." }, .. tools.Select((tool, i) => new { toolUse = new { toolUseId = $"tooluse_{i}", name = tool, input = new { path = "/tmp/a" } } })],
            },
        },
        stopReason = tools.Length > 0 ? "tool_use" : "end_turn",
        usage = new { inputTokens = 1, outputTokens = 1, totalTokens = 2 },
        metrics = new { latencyMs = 1 },
    });

    public static byte[][] ConverseFrames(params string[] tools) =>
    [
        Frame("messageStart", new { role = "assistant", p = "abc" }),
        Frame("contentBlockDelta", new { contentBlockIndex = 0, delta = new { text = "Hm." }, p = "abcdef" }),
        Frame("contentBlockStop", new { contentBlockIndex = 0, p = "a" }),
        .. tools.SelectMany((tool, i) => (byte[][])
        [
            Frame("contentBlockStart", new { contentBlockIndex = i + 1, start = new { toolUse = new { toolUseId = $"tooluse_{i}", name = tool } }, p = "ab" }),
            .. Pieces.Select(piece => Frame("contentBlockDelta", new { contentBlockIndex = i + 1, delta = new { toolUse = new { input = piece } }, p = "abcd" })),
            Frame("contentBlockStop", new { contentBlockIndex = i + 1, p = "a" }),
        ]),
        Frame("messageStop", new { stopReason = tools.Length > 0 ? "tool_use" : "end_turn", p = "abcde" }),
        Frame("metadata", new { usage = new { inputTokens = 1, outputTokens = 1, totalTokens = 2 }, metrics = new { latencyMs = 1 } }),
    ];

    /// <summary>Anthropic's events in base64, as <c>invoke-with-response-stream</c> has them.</summary>
    public static byte[][] ClaudeFrames(params string[] tools) =>
    [
        .. MessageEvents(tools).Select(one => Encoding.UTF8.GetBytes(one[(one.IndexOf("data: ", StringComparison.Ordinal) + 6)..])).Select(data =>
            Frame("chunk", new { bytes = Convert.ToBase64String(data), p = "abcdefgh" })),
    ];

    public static string Ollama(params string[] tools) => OllamaLine("Hm.", tools, isLast: true);

    public static byte[][] OllamaLines(params string[] tools) =>
        [.. tools.Select(tool => OllamaLine("", [tool])).Prepend(OllamaLine("Hm.", [])).Append(OllamaLine("", [], isLast: true)).Select(line => Encoding.UTF8.GetBytes(line + "\n"))];

    private static string OllamaLine(string content, string[] tools, bool isLast = false) => JsonSerializer.Serialize(
        new
        {
            model = "m",
            created_at = "2026-01-01T00:00:00Z",
            message = new { role = "assistant", content, tool_calls = tools.Length == 0 ? null : tools.Select(tool => new { function = new { name = tool, arguments = new { path = "/tmp/a" } } }) },
            done = isLast,
            done_reason = isLast ? "stop" : null,
            eval_count = isLast ? 2 : (int?)null,
        },
        WithoutNulls);

    private static byte[] Frame(string type, object payload) =>
        AmazonFrames.Frame(type, JsonSerializer.Serialize(payload, WithoutEscapes));

    private static object CandidateCall(string tool) => new { functionCall = new { name = tool, args = new { path = "/tmp/a" } }, thoughtSignature = "c2ln" };

    private static string Candidate(object[] parts, string? finish = null) => JsonSerializer.Serialize(
        new { candidates = new[] { new { index = 0, content = new { role = "model", parts }, finishReason = finish } }, usageMetadata = finish is null ? null : new { totalTokenCount = 2 } },
        WithoutNulls);

    private static object Words(string status, object[] content) => new { id = "msg_0", type = "message", status, role = "assistant", content };

    private static object Text(string text) => new { type = "output_text", text, annotations = Array.Empty<int>(), logprobs = Array.Empty<int>() };

    private static IEnumerable<string> Pieces => Arguments.Chunk(5).Select(static piece => new string(piece));

    private static object ResponseObject(string[] tools) => new
    {
        id = "resp_1",
        @object = "response",
        created_at = 1,
        status = "completed",
        model = "m",
        output = tools.Select((tool, i) => Item(i + 1, tool, Arguments, "completed")).Prepend(Words("completed", [Text("Hm.")])),
        usage = new { input_tokens = 1, output_tokens = 1, total_tokens = 2 },
    };

    private static object Item(int index, string tool, string arguments, string status) =>
        new { id = $"fc_{index}", type = "function_call", status, call_id = $"call_{index}", name = tool, arguments };

    private static string Named(string type, object data) => $"event: {type}\ndata: {JsonSerializer.Serialize(data)}";

    private static string Chunk(object delta, string? finish = null) => "data: " + JsonSerializer.Serialize(
        new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1, model = "m", choices = new[] { new { index = 0, delta, finish_reason = finish } } });
}
