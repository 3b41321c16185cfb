namespace SecretsFirewall.Protocols;

/// <summary>Whose wire format model traffic speaks; it decides the shape of a refusal.</summary>
public enum LlmDialect
{
    None = 0,
    Anthropic,
    OpenAiChat,
    OpenAiResponses,
    Gemini,
    Bedrock,
    Ollama,

    /// <summary>Model traffic of nobody's format in particular.</summary>
    Generic,
}

/// <summary>What a request is by its shape, whatever its host and its labels say.</summary>
public enum TrafficShape
{
    Other = 0,
    Llm,
    Mcp,
}

/// <param name="Dialect">Of model traffic; of MCP where the same body could be read as model traffic too.</param>
/// <param name="Streams">The client asked for an answer in pieces.</param>
/// <param name="McpMethod">The method of a JSON-RPC request; <c>tools/call</c> if any request of a batch is one. Null for a JSON-RPC response.</param>
/// <param name="JsonRpcId">The id as raw JSON: a string of at most 256 bytes, a number or null; empty for a notification or where it is none of these.</param>
public sealed record RecognisedTraffic(TrafficShape Shape, LlmDialect Dialect, bool Streams, string? McpMethod, ReadOnlyMemory<byte> JsonRpcId)
{
    public static RecognisedTraffic Other { get; } = new(TrafficShape.Other, LlmDialect.None, false, null, default);

    /// <summary>The requests of a JSON-RPC batch that expect an answer; null where the body is no batch.</summary>
    public IReadOnlyList<JsonRpcRequest>? Batch { get; init; }

    /// <summary>An MCP message of the old transport (2024-11-05): its client reads answers from another stream, and of this one only the status.</summary>
    public bool IsAnsweredElsewhere { get; init; }

    public static RecognisedTraffic Llm(LlmDialect dialect, bool streams = false) => new(TrafficShape.Llm, dialect, streams, null, default);
}

/// <param name="Id">As <see cref="RecognisedTraffic.JsonRpcId"/>.</param>
public readonly record struct JsonRpcRequest(string? Method, ReadOnlyMemory<byte> Id);
