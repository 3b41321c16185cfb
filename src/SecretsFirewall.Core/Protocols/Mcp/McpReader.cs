using System.Globalization;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>Reads what an agent sends to a server of the Model Context Protocol (revisions 2024-11-05 to 2026-07-28), strictly: a decision rests on it.</summary>
public static class McpReader
{
    // Beyond it a number is another one for readers that have only doubles (RFC 8259 section 6).
    private const long LargestExactNumber = (1L << 53) - 1;

    // Batches in batches are none, and a server that takes one apart is not to find a message in it.
    private const int DeepestBatch = 8;

    // Methods whose parameters name what they are about, with the member that does (2026-07-28, Mcp-Name).
    private static readonly Dictionary<string, string> NamedBy = new(StringComparer.Ordinal)
    {
        [McpMethods.ToolCall] = "name",
        ["prompts/get"] = "name",
        ["resources/read"] = "uri",
    };

    /// <returns>Null where the body cannot be decided about; <paramref name="fault"/> says why.</returns>
    public static McpBody? Read(ReadOnlyMemory<byte> body, out McpFault fault)
    {
        fault = McpFault.NotStrictJson;
        if (JsonBody.Check(body.Span) is not JsonDefect.None || JsonTree.Read(body) is not { } tree)
        {
            return null;
        }

        var isBatch = tree.IsArray(0);
        var messages = new List<McpMessage>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        fault = McpFault.Batch;
        if (isBatch && tree.IsEmpty(0))
        {
            return null;
        }

        foreach (var node in isBatch ? tree.Children(0) : [0])
        {
            if (tree.IsArray(node) || ReadOne(tree, node, ids, out fault) is not { } message)
            {
                return null;
            }

            messages.Add(message);
        }

        fault = McpFault.UnknownShape;
        return tree.IsAmbiguous ? null : new McpBody(messages, isBatch);
    }

    /// <summary>
    /// Whether a body that is not JSON-RPC by its shape could be taken for a message by a server that minds the version less: it has a method that is one of the protocol's.
    /// </summary>
    public static bool LooksLikeMessage(ReadOnlySpan<byte> json)
    {
        if (JsonBody.IsWide(json))
        {
            return true;
        }

        var state = new JsonReaderState(new JsonReaderOptions
        {
            MaxDepth = JsonBody.ReaderDepth,
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowMultipleValues = true,
        });
        var text = JsonBody.WithoutByteOrderMark(json);
        var reader = new Utf8JsonReader(text, isFinalBlock: false, state);
        try
        {
            var isBatch = false;
            while (reader.Read())
            {
                isBatch = reader.CurrentDepth == 0 ? reader.TokenType is JsonTokenType.StartArray : isBatch;
                if (reader.TokenType is JsonTokenType.PropertyName && reader.CurrentDepth <= (isBatch ? DeepestBatch : 1)
                    && JsonBody.Text(ref reader).Equals("method", StringComparison.OrdinalIgnoreCase)
                    && reader.Read() && reader.TokenType is JsonTokenType.String && IsMethod(McpMethods.Read(ref reader)))
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // Some servers read what only resembles JSON: names without quotes, single ones. By its name a call is known in any of it.
            return JsonBody.FirstByte(text) is (byte)'{' or (byte)'[' && JsonEscapes.Spell(text, "tools/call"u8);
        }

        return false;
    }

    private static bool IsMethod(string method)
    {
        method = method.Trim();
        return method.StartsWith("tools/", StringComparison.OrdinalIgnoreCase) || method.StartsWith("resources/", StringComparison.OrdinalIgnoreCase)
            || method.StartsWith("prompts/", StringComparison.OrdinalIgnoreCase) || method.StartsWith("sampling/", StringComparison.OrdinalIgnoreCase);
    }

    private static McpMessage? ReadOne(JsonTree tree, int node, HashSet<string> ids, out McpFault fault)
    {
        fault = McpFault.UnknownShape;
        if (!tree.IsObject(node) || !tree.TextIs(tree.Find(node, "jsonrpc"u8), "2.0"))
        {
            return null;
        }

        var (method, id) = (tree.Find(node, "method"u8), tree.Find(node, "id"u8));
        var answers = new[] { tree.Find(node, "result"u8), tree.Find(node, "error"u8) }.Count(static answer => answer != JsonTree.None);
        if ((method == JsonTree.None) == (answers == 0) || answers > 1 || (method != JsonTree.None && !tree.IsString(method)))
        {
            return null;
        }

        fault = McpFault.Id;
        if (id != JsonTree.None && (!IsId(tree, id) || !ids.Add((answers == 0 ? "q" : "a") + (tree.Text(id) is { } text ? "\"" + text : Encoding.UTF8.GetString(tree.Raw(id))))))
        {
            return null;
        }

        fault = McpFault.Parameters;
        var parameters = tree.Find(node, "params"u8);
        if (!(tree.IsNothing(parameters) || tree.IsObject(parameters)))
        {
            return null;
        }

        var version = tree.Find(tree.Find(parameters, "_meta"u8), "io.modelcontextprotocol/protocolVersion"u8);
        return answers > 0 ? new McpMessage(null, null, null, null) : Call(tree, tree.Text(method)!, parameters, tree.Text(version));
    }

    private static McpMessage? Call(JsonTree tree, string method, int parameters, string? version)
    {
        if (method.Length is 0 or > McpMethods.MaxLength || NamedBy.Keys.Any(known => known != method && known.Equals(method.Trim(), StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (!NamedBy.TryGetValue(method, out var member))
        {
            return new McpMessage(method, null, null, version);
        }

        var name = tree.Text(tree.Find(parameters, member == "uri" ? "uri"u8 : "name"u8));
        var arguments = member == "uri" ? JsonTree.None : tree.Find(parameters, "arguments"u8);
        if (string.IsNullOrEmpty(name) || !(tree.IsNothing(arguments) || tree.IsObject(arguments)))
        {
            return null;
        }

        return new McpMessage(
            method, name, member == "uri" ? null : tree.IsNothing(arguments) ? "{}" : ToolArguments.OfJson(tree.Raw(arguments).ToArray()), version);
    }

    private static bool IsId(JsonTree tree, int id) => tree.Kind(id) switch
    {
        JsonTokenType.String => tree.Raw(id).Length <= JsonRpcId.MaxLength,
        JsonTokenType.Number => long.TryParse(tree.Raw(id), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && Math.Abs(number) <= LargestExactNumber && !tree.Raw(id).SequenceEqual("-0"u8),
        _ => false,
    };
}
