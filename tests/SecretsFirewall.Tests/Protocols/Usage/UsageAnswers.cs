using System.Buffers.Binary;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Protocols.Usage;

/// <summary>Answers of every provider and stream shape, each with what it came to.</summary>
internal static class UsageAnswers
{
    public static IReadOnlyDictionary<string, (byte[] Body, TokenUsage Usage, string? Model)> All { get; } = new Dictionary<string, (byte[], TokenUsage, string?)>
    {
        ["anthropic"] = (Utf8("""
            {"id":"msg_1","model":"claude-x","content":[{"type":"tool_use","name":"f","input":{"usage":{"input_tokens":9999},"message":{"usage":{"output_tokens":7777}}}}],
             "usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":40,"output_tokens_details":{"thinking_tokens":15},
             "server_tool_use":{"web_search_requests":1}}}
            """), new(10, 40, 300, 20, 15), "claude-x"),
        ["anthropic, cache by lifetime"] = (Utf8("""
            {"model":"claude-x","usage":{"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":5},"output_tokens":2}}
            """), new(1, 2, 0, 25), "claude-x"),
        ["anthropic stream"] = (Events(
            """{"type":"message_start","message":{"id":"m","model":"claude-x","content":[],"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello {\"usage\":{\"output_tokens\":1}} "}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":40,"input_tokens":null}}""",
            """{"type":"message_stop"}"""), new(10, 40, 300, 20), "claude-x"),
        ["chat"] = (Utf8("""
            {"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}],
             "usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10,"audio_tokens":0},
             "completion_tokens_details":{"reasoning_tokens":30,"accepted_prediction_tokens":0}}}
            """), new(30, 50, 60, 10, 30), "gpt-x"),
        ["chat stream"] = (Events(
            """{"model":"gpt-x","choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":null}""",
            """{"model":"gpt-x","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":60}}}""",
            "[DONE]"), new(40, 50, 60), "gpt-x"),
        ["deepseek"] = (Utf8("""{"model":"d","usage":{"prompt_tokens":100,"prompt_cache_hit_tokens":60,"prompt_cache_miss_tokens":40,"completion_tokens":5}}"""), new(40, 5, 60), "d"),
        ["mistral"] = (Events("""{"model":"mistral-x","choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""", "[DONE]"), new(7, 3), "mistral-x"),
        ["responses"] = (Utf8("""
            {"id":"r","model":"gpt-x","output":[],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":5},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":20},"total_tokens":150}}
            """), new(35, 50, 60, 5, 20), "gpt-x"),
        ["responses stream"] = (Events(
            """{"type":"response.created","response":{"id":"r","model":"gpt-x","usage":null}}""",
            """{"type":"response.output_text.delta","delta":"Hi"}""",
            """{"type":"response.completed","response":{"model":"gpt-x","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},"output_tokens":50}}}"""),
            new(40, 50, 60), "gpt-x"),
        ["gemini"] = (Utf8("""
            {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"usageMetadata":{"promptTokenCount":1}}}}]}}],
             "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":40,"thoughtsTokenCount":10,"toolUsePromptTokenCount":5,"totalTokenCount":155},"modelVersion":"gemini-x"}
            """), new(45, 50, 60, 0, 10), "gemini-x"),
        ["gemini stream"] = (Events(
            """{"candidates":[],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":1},"modelVersion":"gemini-x"}""",
            """{"candidates":[],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":40,"thoughtsTokenCount":10},"modelVersion":"gemini-x"}"""), new(100, 50, 0, 0, 10), "gemini-x"),
        ["gemini array"] = (Utf8("""
            [{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":1}},
            {"candidates":[],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":40},"modelVersion":"gemini-x"}]
            """), new(100, 40), "gemini-x"),
        ["interactions"] = (Events(
            """{"event_type":"interaction.created","interaction":{"id":"i","model":"gemini-x"}}""",
            """{"event_type":"interaction.completed","interaction":{"model":"gemini-x","usage":{"total_input_tokens":100,"total_cached_tokens":60,"total_output_tokens":40,"total_thought_tokens":10,"total_tool_use_tokens":5}}}"""),
            new(45, 50, 60, 0, 10), "gemini-x"),
        ["converse"] = (Utf8("""{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":40,"totalTokens":370,"cacheReadInputTokens":300,"cacheWriteInputTokens":20},"metrics":{}}"""),
            new(10, 40, 300, 20), null),
        ["converse stream"] = (Frames(
            ("messageStart", """{"role":"assistant","p":"abc"}"""),
            ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hi"}}"""),
            ("messageStop", """{"stopReason":"end_turn"}"""),
            ("metadata", """{"usage":{"inputTokens":10,"outputTokens":40,"cacheReadInputTokens":300},"metrics":{"latencyMs":1}}""")), new(10, 40, 300), null),
        ["invoke stream"] = (Frames(
            ("chunk", Carried("""{"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":300,"output_tokens":1}}}""")),
            ("chunk", Carried("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""")),
            ("chunk", Carried("""{"type":"message_delta","delta":{},"usage":{"output_tokens":40}}""")),
            ("chunk", Carried("""{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":40,"invocationLatency":5}}"""))),
            new(10, 40, 300), "claude-x"),
        ["ollama"] = (Utf8("""{"model":"llama-x","message":{"role":"assistant","content":"Hi"},"done":true,"prompt_eval_count":26,"eval_count":8,"eval_duration":4709213000}"""), new(26, 8), "llama-x"),
        ["ollama stream"] = (Utf8(
            """{"model":"llama-x","message":{"role":"assistant","content":"Hi"},"done":false}""" + "\n" +
            """{"model":"llama-x","message":{"role":"assistant","content":""},"done":true,"prompt_eval_count":26,"eval_count":8}""" + "\n"), new(26, 8), "llama-x"),
        ["embeddings"] = (Utf8("""{"object":"list","data":[{"embedding":[0.1,-0.2,3e-5,4],"index":0}],"model":"embed-x","usage":{"prompt_tokens":8,"total_tokens":8}}"""), new(8, 0), "embed-x"),
        ["cohere"] = (Utf8("""{"id":"c","message":{"content":[{"type":"text","text":"a"}]},"meta":{"billed_units":{"input_tokens":5,"output_tokens":6},"tokens":{"input_tokens":99}}}"""), new(5, 6), null),
        ["names with escapes"] = (Utf8("""{"mod\u0065l":"gpt-x","us\u0061ge":{"prompt_\u0074okens":3,"completion_tokens":4}}"""), new(3, 4), "gpt-x"),
        ["events with CR LF, a comment and no blank behind the colon"] = (Utf8(
            "\uFEFF: hello\r\nevent: message_delta\r\ndata:{\"model\":\"m\",\r\ndata:\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\r\n\r\n"), new(3, 4), "m"),
        ["events with CR alone"] = (Utf8("data: {\"model\":\"m\",\"usage\":\rdata: {\"prompt_tokens\":3,\"completion_tokens\":4}}\r\rdata: [DONE]\r\r"), new(3, 4), "m"),
    };

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Events(params string[] data) => Utf8(string.Concat(data.Select(one => $"event: x\ndata: {one}\n\n")));

    /// <summary>Frames whose checksums nobody looks at here.</summary>
    public static byte[] Frames(params (string Type, string Payload)[] frames)
    {
        using var all = new MemoryStream();
        foreach (var (type, payload) in frames)
        {
            byte[] headers = [11, .. Utf8(":event-type"), 7, 0, (byte)type.Length, .. Utf8(type)];
            var body = Utf8(payload);
            var prelude = new byte[12];
            BinaryPrimitives.WriteInt32BigEndian(prelude, 16 + headers.Length + body.Length);
            BinaryPrimitives.WriteInt32BigEndian(prelude.AsSpan(4), headers.Length);
            all.Write([.. prelude, .. headers, .. body, 1, 2, 3, 4]);
        }

        return all.ToArray();
    }

    private static string Carried(string json) => $$"""{"bytes":"{{Convert.ToBase64String(Utf8(json))}}","p":"abc"}""";
}
