using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>One turn of a conversation in each provider's shape, and what stands in the requests that follow it.</summary>
internal static class Conversation
{
    public static UpstreamScript Answer(string api, bool stream, string[] tools) => (api, stream) switch
    {
        ("anthropic", true) => Upstreams.Answer.Events(ToolCallAnswers.MessageEvents(tools)),
        ("anthropic" or "claude", false) => Upstreams.Answer.Json(ToolCallAnswers.Message(tools)),
        ("chat", true) => Upstreams.Answer.Events(ToolCallAnswers.ChatEvents(tools)),
        ("chat", false) => Upstreams.Answer.Json(ToolCallAnswers.Chat(tools)),
        ("responses", true) => Upstreams.Answer.Events(ToolCallAnswers.ResponseEvents(tools)),
        ("responses", false) => Upstreams.Answer.Json(ToolCallAnswers.Response(tools)),
        ("gemini", true) => Upstreams.Answer.Events(ToolCallAnswers.CandidateEvents(tools)),
        ("gemini", false) => Upstreams.Answer.Json(ToolCallAnswers.Candidates(tools)),
        ("ollama", true) => Upstreams.Answer.Parts("application/x-ndjson", ToolCallAnswers.OllamaLines(tools)),
        ("ollama", false) => Upstreams.Answer.Json(ToolCallAnswers.Ollama(tools)),
        ("converse", true) => Upstreams.Answer.Parts(AmazonFrames.ContentType, ToolCallAnswers.ConverseFrames(tools)),
        ("converse", false) => Upstreams.Answer.Json(ToolCallAnswers.Converse(tools)),
        ("claude", true) => Upstreams.Answer.Parts(AmazonFrames.ContentType, ToolCallAnswers.ClaudeFrames(tools)),
        _ => throw new ArgumentOutOfRangeException(nameof(api)),
    };

    public static string EndOfCalls(string api) => api switch
    {
        "chat" => "tool_calls",
        "vercel" => "tool-calls",
        "ollama" => "stop",
        "responses" => "completed",
        "gemini" => "STOP",
        _ => "tool_use",
    };

    public static string OrdinaryEnd(string api) => api switch
    {
        "chat" or "vercel" or "ollama" => "stop",
        "responses" => "completed",
        "gemini" => "STOP",
        _ => "end_turn",
    };

    /// <summary>The ids of the calls that a request repeats; those of Gemini and Ollama have none, so that their names stand for them.</summary>
    public static IReadOnlyList<string?> CallsIn(string api, JsonNode request) => api switch
    {
        "ollama" => [.. Messages(request).SelectMany(message => message["tool_calls"]?.AsArray() ?? []).Select(call => (string?)call!["function"]!["name"])],
        "chat" => [.. Messages(request).SelectMany(message => message["tool_calls"]?.AsArray() ?? []).Select(call => (string?)call!["id"])],
        "responses" => [.. request["input"]!.AsArray().Where(item => (string?)item!["type"] == "function_call").Select(item => (string?)item!["call_id"])],
        "gemini" => [.. Parts(request).Select(part => (string?)part["functionCall"]?["name"]).OfType<string>()],
        "converse" => [.. Blocks(request).Select(block => (string?)block["toolUse"]?["toolUseId"]).OfType<string>()],
        _ => [.. Blocks(request).Where(block => (string?)block["type"] == "tool_use").Select(block => (string?)block["id"])],
    };

    /// <summary>The ids of the calls whose results it has.</summary>
    public static IReadOnlyList<string?> ResultsIn(string api, JsonNode request) => api switch
    {
        "ollama" => [.. Messages(request).Where(message => (string?)message["role"] == "tool").Select(message => (string?)message["tool_name"])],
        "chat" => [.. Messages(request).Where(message => (string?)message["role"] == "tool").Select(message => (string?)message["tool_call_id"])],
        "responses" => [.. request["input"]!.AsArray().Where(item => (string?)item!["type"] == "function_call_output").Select(item => (string?)item!["call_id"])],
        "gemini" => [.. Parts(request).Select(part => (string?)part["functionResponse"]?["name"]).OfType<string>()],
        "converse" => [.. Blocks(request).Select(block => (string?)block["toolResult"]?["toolUseId"]).OfType<string>()],
        _ => [.. Blocks(request).Where(block => (string?)block["type"] == "tool_result").Select(block => (string?)block["tool_use_id"])],
    };

    private static IEnumerable<JsonNode> Messages(JsonNode request) => request["messages"]!.AsArray().Select(message => message!);

    private static IEnumerable<JsonNode> Blocks(JsonNode request) =>
        Messages(request).SelectMany(message => message["content"] is JsonArray blocks ? blocks.Select(block => block!) : []);

    private static IEnumerable<JsonNode> Parts(JsonNode request) =>
        request["contents"]!.AsArray().SelectMany(content => content!["parts"]!.AsArray()).Select(part => part!);
}
