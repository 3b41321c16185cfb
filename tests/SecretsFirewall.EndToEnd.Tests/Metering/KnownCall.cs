using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>A call of a model in some provider's shape, with what it comes to; the numbers are made of its own.</summary>
internal sealed record KnownCall(string Host, string Path, string Request, string ContentType, byte[] Answer, TokenUsage Usage, string Model, bool BreaksOff)
{
    private const string Written = "written as far as it came";

    /// <summary>Every tenth breaks off.</summary>
    public static KnownCall Of(int number)
    {
        var breaksOff = number % 10 == 9;
        return (breaksOff ? number / 10 % 3 : number % 8) switch
        {
            0 => MessagesStream(number, breaksOff),
            1 => ChatStream(number, breaksOff),
            2 => GeminiStream(number, breaksOff),
            3 => Messages(number),
            4 => Chat(number),
            5 => Responses(number),
            6 => Ollama(number),
            _ => Embeddings(number),
        };
    }

    private static KnownCall MessagesStream(int n, bool breaksOff)
    {
        var start = Event($$$$$$"""{"type":"message_start","message":{"model":"claude-x","content":[],"usage":{"input_tokens":{{{{{{n}}}}}},"cache_read_input_tokens":{{{{{{2 * n}}}}}},"cache_creation_input_tokens":3,"output_tokens":1}}}""")
            + Event($$$$$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{{{{Written}}}}}}"}}""");
        var end = Event($$$$$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":{{{{{{n + 7}}}}}}}}""") + Event("""{"type":"message_stop"}""");
        var request = $$"""{"model":"claude-asked","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"{{n}}"}]}""";
        return Stream(Hosts.Anthropic, "/v1/messages", request, start, end, new TokenUsage(n, n + 7, 2 * n, 3), new TokenUsage(n, Guess(Written), 2 * n, 3), "claude-x", breaksOff);
    }

    private static KnownCall ChatStream(int n, bool breaksOff)
    {
        var start = Event($$$$"""{"model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{{Written}}}}"}}],"usage":null}""");
        var end = Event($$$$$$"""{"model":"gpt-x","choices":[],"usage":{"prompt_tokens":{{{{{{n + 10}}}}}},"completion_tokens":{{{{{{n}}}}}},"prompt_tokens_details":{"cached_tokens":10}}}""") + "data: [DONE]\n\n";
        var request = $$"""{"model":"gpt-asked","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"{{n}}"}]}""";
        return Stream(Hosts.OpenAi, Prompts.ChatPath, request, start, end, new TokenUsage(n, n, 10), new TokenUsage(Guess(request), Guess(Written)), "gpt-x", breaksOff);
    }

    private static KnownCall GeminiStream(int n, bool breaksOff)
    {
        var start = Event($$$$$$"""{"candidates":[{"content":{"parts":[{"text":"{{{{{{Written}}}}}}"}]}}],"usageMetadata":{"promptTokenCount":{{{{{{n}}}}}},"candidatesTokenCount":2},"modelVersion":"gemini-x"}""");
        var end = Event($$$$$$"""{"candidates":[],"usageMetadata":{"promptTokenCount":{{{{{{n}}}}}},"candidatesTokenCount":{{{{{{n}}}}}},"thoughtsTokenCount":5},"modelVersion":"gemini-x"}""");
        var request = $$$$$$"""{"contents":[{"role":"user","parts":[{"text":"{{{{{{n}}}}}}"}]}]}""";
        return Stream(
            Hosts.OpenAi, "/v1beta/models/gemini-asked:streamGenerateContent?alt=sse", request, start, end, new TokenUsage(n, n + 5, 0, 0, 5), new TokenUsage(n, 2), "gemini-x", breaksOff);
    }

    private static KnownCall Messages(int n) => new(
        Hosts.Anthropic,
        "/v1/messages",
        """{"model":"claude-asked","max_tokens":64,"messages":[{"role":"user","content":"Hi"}]}""",
        "application/json",
        Utf8($$$$$$"""{"model":"claude-x","content":[{"type":"text","text":"Hi"}],"usage":{"input_tokens":{{{{{{n}}}}}},"output_tokens":{{{{{{n + 1}}}}}}}}"""),
        new TokenUsage(n, n + 1),
        "claude-x",
        false);

    private static KnownCall Chat(int n) => new(
        Hosts.OpenAi,
        Prompts.ChatPath,
        Prompts.Chat("Hi"),
        "application/json",
        Utf8($$$$$$"""{"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":{{{{{{n + 4}}}}}},"completion_tokens":{{{{{{n}}}}}},"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":{{{{{{n / 2}}}}}}}}}"""),
        new TokenUsage(n, n, 4, 0, n / 2),
        "gpt-x",
        false);

    private static KnownCall Responses(int n) => new(
        Hosts.OpenAi,
        "/v1/responses",
        """{"model":"gpt-asked","stream":true,"input":"Hi"}""",
        "text/event-stream",
        Utf8(Event("""{"type":"response.created","response":{"model":"gpt-x","usage":null}}""")
            + Event($$$$$$"""{"type":"response.completed","response":{"model":"gpt-x","output":[],"usage":{"input_tokens":{{{{{{n + 4}}}}}},"input_tokens_details":{"cached_tokens":4},"output_tokens":{{{{{{n}}}}}},"output_tokens_details":{"reasoning_tokens":0}}}}""")),
        new TokenUsage(n, n, 4),
        "gpt-x",
        false);

    private static KnownCall Ollama(int n) => new(
        Hosts.OpenAi,
        "/api/chat",
        """{"model":"llama-asked","messages":[{"role":"user","content":"Hi"}]}""",
        "application/x-ndjson",
        Utf8("""{"model":"llama-x","message":{"role":"assistant","content":"Hi"},"done":false}""" + "\n"
            + $$"""{"model":"llama-x","message":{"role":"assistant","content":""},"done":true,"prompt_eval_count":{{n}},"eval_count":{{n}}}""" + "\n"),
        new TokenUsage(n, n),
        "llama-x",
        false);

    private static KnownCall Embeddings(int n) => new(
        Hosts.OpenAi,
        "/v1/embeddings",
        """{"model":"embed-asked","input":["Hi"]}""",
        "application/json",
        Utf8($$$$$$"""{"data":[{"embedding":[0.1,0.2],"index":0}],"model":"embed-x","usage":{"prompt_tokens":{{{{{{n}}}}}},"total_tokens":{{{{{{n}}}}}}}}"""),
        new TokenUsage(n, 0),
        "embed-x",
        false);

    private static KnownCall Stream(
        string host, string path, string request, string start, string end, TokenUsage whole, TokenUsage seen, string model, bool breaksOff) =>
        new(host, path, request, "text/event-stream", Utf8(breaksOff ? start : start + end), breaksOff ? seen : whole, model, breaksOff);

    private static string Event(string json) => $"data: {json}\n\n";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static long Guess(string text) => (text.Length + 3) / 4;
}
