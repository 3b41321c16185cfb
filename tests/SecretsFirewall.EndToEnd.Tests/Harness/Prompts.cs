using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>Model traffic in the providers' shapes.</summary>
internal static class Prompts
{
    public const string ChatPath = "/v1/chat/completions";

    public const string MessagesPath = "/v1/messages";

    public const string ChatAnswer =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Done."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    public const string MessagesAnswer =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}""";

    /// <summary>A prompt for the OpenAI chat API.</summary>
    public static string Chat(string prompt, bool stream = false) => new JsonObject
    {
        ["model"] = "m",
        ["stream"] = stream,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
    }.ToJsonString();

    /// <summary>A prompt for the Anthropic API.</summary>
    public static string Messages(string prompt, bool stream = false) => new JsonObject
    {
        ["model"] = "m",
        ["max_tokens"] = 16,
        ["stream"] = stream,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
    }.ToJsonString();

    /// <summary>A prompt for the OpenAI chat API with an image that holds <paramref name="secret"/>: image data is never rewritten, so it must be refused.</summary>
    public static string ChatWithImage(string secret) => WithContent(new JsonObject
    {
        ["type"] = "image_url",
        ["image_url"] = new JsonObject { ["url"] = $"data:image/png;base64,{Image(secret)}" },
    });

    /// <summary>The same for the Anthropic API.</summary>
    public static string MessagesWithImage(string secret) => WithContent(new JsonObject
    {
        ["type"] = "image",
        ["source"] = new JsonObject { ["type"] = "base64", ["media_type"] = "image/png", ["data"] = Image(secret) },
    });

    /// <summary>The text of the only message, whatever its shape.</summary>
    public static string PromptOf(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
    }

    /// <summary>One event of a chat stream.</summary>
    public static byte[] ChatEvent(string text) => Encoding.UTF8.GetBytes(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        + JsonSerializer.Serialize(text) + "},\"finish_reason\":null}]}\n\n");

    public static byte[] ChatEnd { get; } =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"u8.ToArray();

    public static byte[] MessagesStart { get; } =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"u8.ToArray();

    public static byte[] MessagesDelta(string text) => Encoding.UTF8.GetBytes(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
        + JsonSerializer.Serialize(text) + "}}\n\n");

    public static byte[] MessagesEnd { get; } =
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8.ToArray();

    private static string WithContent(JsonObject part) => new JsonObject
    {
        ["model"] = "m",
        ["max_tokens"] = 16,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(part) }),
    }.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static string Image(string secret) => Convert.ToBase64String(Encoding.UTF8.GetBytes("PNG" + secret + "IEND"));
}
