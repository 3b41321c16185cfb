using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>A tool as a server lists it.</summary>
/// <param name="Hash">
/// SHA-256 in hex over what a model or a person is told about it: name, title, description, schemas and annotations, with the members of objects in one order and in one
/// spelling, so that a server may write the same in another order.
/// </param>
/// <param name="Description">For people; cut at <see cref="MostShown"/> characters. A server wrote it.</param>
public sealed record McpTool(string Name, string Hash, string Description)
{
    public const int MostShown = 2000;

    private static readonly string[] Told = ["annotations", "description", "inputSchema", "name", "outputSchema", "title"];

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Null where the entry is no tool.</returns>
    internal static McpTool? Read(JsonTree tree, int node)
    {
        if (tree.Text(tree.Find(node, "name"u8)) is not { Length: > 0 } name)
        {
            return null;
        }

        var description = tree.Text(tree.Find(node, "description"u8)) ?? "";
        return new McpTool(name, HashOf(tree.Raw(node).ToArray()), description.Length <= MostShown ? description : description[..MostShown]);
    }

    private static string HashOf(byte[] json)
    {
        using var output = new TrafficBytes();
        using (var writer = new Utf8JsonWriter(output, Writing))
        using (var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonBody.MaxDepth }))
        {
            writer.WriteStartObject();
            foreach (var member in Told)
            {
                if (document.RootElement.TryGetProperty(member, out var value))
                {
                    writer.WritePropertyName(member);
                    Write(writer, value);
                }
            }

            writer.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(output.Written.Span));
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(static member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
