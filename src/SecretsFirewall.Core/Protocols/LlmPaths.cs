namespace SecretsFirewall.Protocols;

/// <summary>The paths of the model providers, by their ends: gateways put their own prefix before them. Source: WIRE.md section 2.</summary>
internal static class LlmPaths
{
    // The verb behind the colon of a Google API: /v1beta/models/{model}:{verb}, and the same below a project of Vertex.
    private static readonly HashSet<string> GeminiVerbs = new(StringComparer.OrdinalIgnoreCase)
    {
        "generateContent", "streamGenerateContent", "batchGenerateContent", "countTokens", "embedContent", "batchEmbedContents",
        "generateMessage",
    };

    // Verbs that other APIs of Google have as well: of a model only below /models/.
    private static readonly HashSet<string> VertexVerbs = new(StringComparer.OrdinalIgnoreCase)
    {
        "predict", "predictLongRunning", "rawPredict", "streamRawPredict",
    };

    private static readonly HashSet<string> BedrockOperations = new(StringComparer.OrdinalIgnoreCase)
    {
        "converse", "converse-stream", "invoke", "invoke-with-response-stream", "invoke-with-bidirectional-stream",
    };

    private static readonly (string End, LlmDialect Dialect)[] Ends =
    [
        ("/v1/messages", LlmDialect.Anthropic),
        ("/v1/messages/count_tokens", LlmDialect.Anthropic),
        ("/v1/messages/batches", LlmDialect.Anthropic),
        ("/v1/complete", LlmDialect.Anthropic),
        ("/chat/completions", LlmDialect.OpenAiChat),
        ("/v1/completions", LlmDialect.OpenAiChat),
        ("/v1/embeddings", LlmDialect.OpenAiChat),
        ("/v1/responses", LlmDialect.OpenAiResponses),
        ("/v1/responses/compact", LlmDialect.OpenAiResponses),
        ("/openai/responses", LlmDialect.OpenAiResponses),
        ("/codex/responses", LlmDialect.OpenAiResponses),
        ("/v1/realtime", LlmDialect.OpenAiResponses),
        ("/v1/realtime/calls", LlmDialect.OpenAiResponses),
        ("/v1/realtime/sessions", LlmDialect.OpenAiResponses),
        ("/v1/realtime/client_secrets", LlmDialect.OpenAiResponses),
        ("/v1beta/interactions", LlmDialect.Gemini),
        (".GenerativeService.BidiGenerateContent", LlmDialect.Gemini),
        (".LlmBidiService/BidiGenerateContent", LlmDialect.Gemini),
        ("/api/chat", LlmDialect.Ollama),
        ("/api/generate", LlmDialect.Ollama),
        ("/api/embed", LlmDialect.Ollama),
        ("/api/embeddings", LlmDialect.Ollama),
    ];

    /// <param name="path">Without its query.</param>
    public static LlmDialect Dialect(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        if (IsBedrock(path))
        {
            return LlmDialect.Bedrock;
        }

        if (path.LastIndexOf(':') is var colon and >= 0 && GoogleVerb(path, path[(colon + 1)..]) is not LlmDialect.None and var google)
        {
            return google;
        }

        foreach (var (end, dialect) in Ends)
        {
            if (path.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return dialect;
            }
        }

        return LlmDialect.None;
    }

    /// <summary>The path itself asks for a stream.</summary>
    public static bool Streams(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        return path.EndsWith(":streamGenerateContent", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith(":streamRawPredict", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/converse-stream", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/invoke-with-response-stream", StringComparison.OrdinalIgnoreCase);
    }

    // /model/{id}/converse: the id may itself hold slashes (an ARN), encoded or not.
    private static bool IsBedrock(ReadOnlySpan<char> path) =>
        path.StartsWith("/model/", StringComparison.OrdinalIgnoreCase)
        && BedrockOperations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(path[(path.LastIndexOf('/') + 1)..]);

    private static LlmDialect GoogleVerb(ReadOnlySpan<char> path, ReadOnlySpan<char> verb)
    {
        if (GeminiVerbs.GetAlternateLookup<ReadOnlySpan<char>>().Contains(verb))
        {
            return LlmDialect.Gemini;
        }

        if (!VertexVerbs.GetAlternateLookup<ReadOnlySpan<char>>().Contains(verb) || !path.Contains("/models/", StringComparison.OrdinalIgnoreCase))
        {
            return LlmDialect.None;
        }

        // Claude on Vertex: …/publishers/anthropic/models/{model}:rawPredict with an Anthropic body and answer.
        return path.Contains("/anthropic/", StringComparison.OrdinalIgnoreCase) ? LlmDialect.Anthropic : LlmDialect.Gemini;
    }
}
