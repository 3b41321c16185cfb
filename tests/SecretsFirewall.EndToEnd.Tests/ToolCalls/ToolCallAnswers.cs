using System.Text.Json;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>Answers with tool calls in the providers' shapes: words, then one call for each tool.</summary>
internal static class ToolCallAnswers
{
    private const string Arguments = "{\"path\": \"/tmp/a\"}";

    public static string Message(params string[] tools) => JsonSerializer.Serialize(new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model = "m",
        content = (object[])[new { type = "text", text = "Hm." }, .. tools.Select((tool, i) => new { type = "tool_use", id = $"toolu_{i}", name = tool, input = new { path = "/tmp/a" } })],
        stop_reason = "tool_use",
        stop_sequence = (string?)null,
        usage = new { input_tokens = 1, output_tokens = 2 },
    });

    public static string[] MessageEvents(params string[] tools) =>
    [
        Named("message_start", new { type = "message_start", message = new { id = "msg_1", type = "message", role = "assistant", model = "m", content = Array.Empty<int>(), stop_reason = (string?)null, stop_sequence = (string?)null, usage = new { input_tokens = 1, output_tokens = 1 } } }),
        Named("content_block_start", new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } }),
        Named("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text = "Hm." } }),
        Named("content_block_stop", new { type = "content_block_stop", index = 0 }),
        .. tools.SelectMany((tool, i) => (string[])
        [
            Named("content_block_start", new { type = "content_block_start", index = i + 1, content_block = new { type = "tool_use", id = $"toolu_{i}", name = tool, input = new { } } }),
            .. Pieces.Select(piece => Named("content_block_delta", new { type = "content_block_delta", index = i + 1, delta = new { type = "input_json_delta", partial_json = piece } })),
            Named("content_block_stop", new { type = "content_block_stop", index = i + 1 }),
        ]),
        Named("message_delta", new { type = "message_delta", delta = new { stop_reason = "tool_use", stop_sequence = (string?)null }, usage = new { output_tokens = 2 } }),
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
            new { index = 0, message = new { role = "assistant", content = "Hm.", tool_calls = tools.Select((tool, i) => new { id = $"call_{i}", type = "function", function = new { name = tool, arguments = Arguments } }) }, finish_reason = "tool_calls" },
        },
        usage = new { total_tokens = 2 },
    });

    public static string[] ChatEvents(params string[] tools) =>
    [
        Chunk(new { role = "assistant", content = "one." }),
        .. tools.SelectMany((tool, i) => (string[])
        [
            Chunk(new { tool_calls = new[] { new { index = i, id = $"call_{i}", type = "function", function = new { name = tool, arguments = "" } } } }),
            .. Pieces.Select(piece => Chunk(new { tool_calls = new[] { new { index = i, function = new { arguments = piece } } } })),
        ]),
        Chunk(new { }, "tool_calls"),
        "data: [DONE]",
    ];

    public static string Response(params string[] tools) => JsonSerializer.Serialize(ResponseObject(tools));

    public static string[] ResponseEvents(params string[] tools)
    {
        var events = new List<(string Type, Func<int, object> Event)>
        {
            ("response.created", number => new { type = "response.created", sequence_number = number, response = new { id = "resp_1", @object = "response", status = "in_progress", output = Array.Empty<int>() } }),
        };
        for (var i = 0; i < tools.Length; i++)
        {
            var (index, tool) = (i, tools[i]);
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
    }

    private static IEnumerable<string> Pieces => Arguments.Chunk(5).Select(static piece => new string(piece));

    private static object ResponseObject(string[] tools) => new
    {
        id = "resp_1",
        @object = "response",
        created_at = 1,
        status = "completed",
        model = "m",
        output = tools.Select((tool, i) => Item(i, tool, Arguments, "completed")),
        usage = new { input_tokens = 1, output_tokens = 1, total_tokens = 2 },
    };

    private static object Item(int index, string tool, string arguments, string status) =>
        new { id = $"fc_{index}", type = "function_call", status, call_id = $"call_{index}", name = tool, arguments };

    private static string Named(string type, object data) => $"event: {type}\ndata: {JsonSerializer.Serialize(data)}";

    private static string Chunk(object delta, string? finish = null) => "data: " + JsonSerializer.Serialize(
        new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1, model = "m", choices = new[] { new { index = 0, delta, finish_reason = finish } } });
}
