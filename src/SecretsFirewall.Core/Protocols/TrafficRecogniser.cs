namespace SecretsFirewall.Protocols;

/// <summary>
/// Tells model and MCP traffic by its shape: path and body, on any host, whatever <c>Content-Type</c> says. It looks at the top level of a
/// JSON body only, reads it once, and takes what it has seen so far where the body is cut or broken.
/// </summary>
public static class TrafficRecogniser
{
    /// <summary>By the path alone, for refusals before the body is read. A path with a query is taken without it.</summary>
    public static LlmDialect DialectOfPath(string method, string path) =>
        method is "GET" or "POST" or "PUT" or "DELETE" ? LlmPaths.Dialect(Clear(path)) : LlmDialect.None;

    /// <summary>By the provider that a policy names, for a listed host whose path says nothing.</summary>
    public static LlmDialect DialectOfProvider(string? provider) => provider switch
    {
        "anthropic" => LlmDialect.Anthropic,
        "openai" or "azure-openai" or "mistral" or "openrouter" or "groq" or "deepseek" or "xai" or "together" or "fireworks" => LlmDialect.OpenAiChat,
        "google" => LlmDialect.Gemini,
        "bedrock" => LlmDialect.Bedrock,
        "ollama" => LlmDialect.Ollama,
        _ => LlmDialect.Generic,
    };

    /// <summary>By path and body, of a body that is model traffic or could be read as it; <see cref="LlmDialect.None"/> for all others.</summary>
    public static LlmDialect DialectOfBody(string method, string path, ReadOnlySpan<byte> body) => Recognise(method, path, body) switch
    {
        { Dialect: not LlmDialect.None and var dialect } => dialect,
        _ => DialectOfPath(method, path),
    };

    public static RecognisedTraffic Recognise(string method, string path, ReadOnlySpan<byte> body)
    {
        var json = JsonBody.WithoutByteOrderMark(body);
        var first = JsonBody.FirstByte(json);
        if (first == '[' && JsonRpcBatch.Read(json) is { Messages: > 0 } batch)
        {
            return batch.ToTraffic();
        }

        var shape = first == '{' ? BodyShape.Read(json) : default;
        if (shape.IsJsonRpc)
        {
            // A server of models need not mind the members of a call beside its own: by the body alone, since a path is no part of either.
            return new RecognisedTraffic(TrafficShape.Mcp, shape.Dialect(LlmDialect.None), false, shape.RpcMethod, shape.RpcId);
        }

        var clear = Clear(path);
        var dialect = shape.Dialect(DialectOfPath(method, clear));
        return dialect == LlmDialect.None
            ? RecognisedTraffic.Other
            : RecognisedTraffic.Llm(dialect, LlmPaths.Streams(clear) || shape.Streams(dialect));
    }

    // A path that hides its colon or its slash behind an escape is still what the server will make of it.
    private static string Clear(string path)
    {
        var query = path.IndexOf('?');
        path = query < 0 ? path : path[..query];
        return path.Contains('%') ? Uri.UnescapeDataString(path) : path;
    }
}
