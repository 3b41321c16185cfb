using System.Globalization;
using System.Text;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>Answers of some 400 events as each provider streams them: words, and for most of them one tool call whose arguments come in pieces.</summary>
internal static class ProviderStreams
{
    public const string Anthropic = "anthropic";

    public const string Chat = "chat";

    public const string Responses = "responses";

    public const string Gemini = "gemini";

    private const int Words = 360;

    private const int Pieces = 40;

    /// <summary>Cut as it arrives: an event a chunk.</summary>
    public static IReadOnlyList<byte[]> Create(string provider, bool hasCall)
    {
        List<string> events = provider switch
        {
            Anthropic => [.. AnthropicEvents(hasCall)],
            Chat => [.. ChatEvents(hasCall)],
            Responses => [.. ResponsesEvents(hasCall)],
            _ => [.. GeminiEvents(hasCall)],
        };
        return [.. events.Select(Encoding.UTF8.GetBytes)];
    }

    private static string Word(int i) => (i % 5) switch { 0 => "The", 1 => " build", 2 => " is", 3 => " green", _ => ".\\n" };

    private static string Piece(int i) => i switch { 0 => "{\\\"path\\\":\\\"", Pieces - 1 => "\\\"}", _ => $"/src{i.ToString(CultureInfo.InvariantCulture)}" };

    private static IEnumerable<string> AnthropicEvents(bool hasCall)
    {
        yield return Named("message_start", """ "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}""");
        yield return Named("content_block_start", """ "index":0,"content_block":{"type":"text","text":""}""");
        for (var i = 0; i < Words; i++)
        {
            yield return Named("content_block_delta", $$""" "index":0,"delta":{"type":"text_delta","text":"{{Word(i)}}"}""");
        }

        yield return Named("content_block_stop", """ "index":0""");
        if (hasCall)
        {
            yield return Named("content_block_start", """ "index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"read_file","input":{}}""");
            for (var i = 0; i < Pieces; i++)
            {
                yield return Named("content_block_delta", $$""" "index":1,"delta":{"type":"input_json_delta","partial_json":"{{Piece(i)}}"}""");
            }

            yield return Named("content_block_stop", """ "index":1""");
        }

        yield return Named("message_delta", $$""" "delta":{"stop_reason":"{{(hasCall ? "tool_use" : "end_turn")}}","stop_sequence":null},"usage":{"output_tokens":42}""");
        yield return "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    private static IEnumerable<string> ChatEvents(bool hasCall)
    {
        yield return Chunk("""{"role":"assistant","content":""}""", "null");
        for (var i = 0; i < Words; i++)
        {
            yield return Chunk($$"""{"content":"{{Word(i)}}"}""", "null");
        }

        for (var i = 0; hasCall && i < Pieces; i++)
        {
            var first = i == 0 ? "\"id\":\"call_1\",\"type\":\"function\"," : "";
            var name = i == 0 ? "\"name\":\"read_file\"," : "";
            yield return Chunk($$$"""{"tool_calls":[{"index":0,{{{first}}}"function":{{{{name}}}"arguments":"{{{Piece(i)}}}"}}]}""", "null");
        }

        yield return Chunk("{}", hasCall ? "\"tool_calls\"" : "\"stop\"");
        yield return "data: [DONE]\n\n";
    }

    private static IEnumerable<string> ResponsesEvents(bool hasCall)
    {
        const string Arguments = "\"arguments\":\"";
        var text = string.Concat(Enumerable.Range(0, Words).Select(Word));
        var arguments = string.Concat(Enumerable.Range(0, Pieces).Select(Piece));
        var message = $$"""{"id":"msg_0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"{{text}}","annotations":[]}]}""";
        var call = $$"""{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"read_file",{{Arguments}}{{arguments}}"}""";
        var number = 0;
        yield return Next("response.created", """ "response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}""");
        yield return Next("response.output_item.added", """ "output_index":0,"item":{"id":"msg_0","type":"message","status":"in_progress","role":"assistant","content":[]}""");
        for (var i = 0; i < Words; i++)
        {
            yield return Next("response.output_text.delta", $$""" "item_id":"msg_0","output_index":0,"content_index":0,"delta":"{{Word(i)}}" """);
        }

        yield return Next("response.output_item.done", $$""" "output_index":0,"item":{{message}}""");
        if (hasCall)
        {
            yield return Next("response.output_item.added", """ "output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"read_file","arguments":""}""");
            for (var i = 0; i < Pieces; i++)
            {
                yield return Next("response.function_call_arguments.delta", $$""" "item_id":"fc_1","output_index":1,"delta":"{{Piece(i)}}" """);
            }

            yield return Next("response.function_call_arguments.done", $$""" "item_id":"fc_1","output_index":1,{{Arguments}}{{arguments}}" """);
            yield return Next("response.output_item.done", $$""" "output_index":1,"item":{{call}}""");
        }

        yield return Next("response.completed", $$$""" "response":{"id":"resp_1","object":"response","status":"completed","output":[{{{message}}}{{{(hasCall ? "," + call : "")}}}],"usage":{"total_tokens":9}}""");

        string Next(string type, string rest) => Named(type, string.Create(CultureInfo.InvariantCulture, $"\"sequence_number\":{number++},{rest.Trim()}"));
    }

    private static IEnumerable<string> GeminiEvents(bool hasCall)
    {
        for (var i = 0; i < Words; i++)
        {
            yield return Candidate($$"""{"text":"{{Word(i)}}"}""", "");
        }

        if (hasCall)
        {
            yield return Candidate("""{"functionCall":{"name":"read_file","args":{"path":"/src/a"}}}""", "");
        }

        yield return Candidate("""{"text":""}""", ",\"finishReason\":\"STOP\"");
    }

    private static string Named(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\",{rest.Trim()}}}\n\n";

    private static string Chunk(string delta, string finish) =>
        $$$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{finish}}}}]}""" + "\n\n";

    private static string Candidate(string part, string finish) =>
        $$$"""data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{{{part}}}]}{{{finish}}}}]}""" + "\r\n\r\n";
}
