using System.Text.Json;

namespace SecretsFirewall.Protocols;

internal static class McpMethods
{
    public const string ToolCall = "tools/call";

    // No method of MCP comes near; a longer text is one that nobody knows.
    internal const int MaxLength = 256;

    public static string Read(ref Utf8JsonReader reader) => reader.ValueSpan.Length > MaxLength ? "" : JsonBody.Text(ref reader);
}

/// <summary>The id of a JSON-RPC request: the one text of a request that a refusal repeats, so it is validated here.</summary>
internal static class JsonRpcId
{
    internal const int MaxLength = 256;

    /// <returns>The raw JSON of a string, a number or null; empty for anything else.</returns>
    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (raw.Length > MaxLength || !System.Text.Unicode.Utf8.IsValid(raw))
        {
            return default;
        }

        return reader.TokenType switch
        {
            JsonTokenType.String when JsonEscapes.HasOnlyWholePairs(raw) => (byte[])[(byte)'"', .. raw, (byte)'"'],
            JsonTokenType.Number => raw.ToArray(),
            JsonTokenType.Null => "null"u8.ToArray(),
            _ => default(ReadOnlyMemory<byte>),
        };
    }
}

/// <summary>An array of JSON-RPC messages (MCP 2025-03-26 has them).</summary>
internal struct JsonRpcBatch
{
    // More requests in one body than any client sends; the rest is refused with them, without an answer of its own.
    private const int MaxAnswered = 256;

    private List<JsonRpcRequest> _answered;
    private JsonRpcRequest _strictest;

    /// <summary>How many elements are JSON-RPC messages.</summary>
    public int Messages { get; private set; }

    public static JsonRpcBatch Read(ReadOnlySpan<byte> json)
    {
        var batch = new JsonRpcBatch { _answered = [] };
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonBody.ReaderDepth }));
        try
        {
            reader.Read();
            batch.ReadElements(ref reader);
        }
        catch (JsonException)
        {
            // As for a single message: what was seen is enough.
        }

        return batch;
    }

    public readonly RecognisedTraffic ToTraffic() =>
        new(TrafficShape.Mcp, LlmDialect.None, false, _strictest.Method, _strictest.Id) { Batch = _answered };

    private void ReadElements(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                if (!reader.TrySkip())
                {
                    return;
                }

                continue;
            }

            var shape = default(BodyShape);
            shape.ReadObject(ref reader);
            if (shape.IsJsonRpc)
            {
                Add(shape);
            }
        }
    }

    private void Add(BodyShape shape)
    {
        Messages++;
        if (shape.RpcMethod is null)
        {
            return;
        }

        var request = new JsonRpcRequest(shape.RpcMethod, shape.RpcId);
        if (_strictest.Method is null || (request.Method == McpMethods.ToolCall && _strictest.Method != McpMethods.ToolCall))
        {
            _strictest = request;
        }

        if (!request.Id.IsEmpty && _answered.Count < MaxAnswered)
        {
            _answered.Add(request);
        }
    }
}
