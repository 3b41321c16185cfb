using System.Text.Json;

namespace SecretsFirewall.Commands.Operations;

/// <summary>Takes the documents out of a GraphQL request: one, or a list of them (a batch).</summary>
internal static class GraphqlRequest
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <returns>False where the body is no such request, or could be read in two ways. A request by the hash of a stored document (a persisted query) says nothing.</returns>
    public static bool TryReadDocuments(ReadOnlySpan<byte> body, List<string> documents)
    {
        try
        {
            using var request = JsonDocument.Parse(body.ToArray(), Strict);
            var root = request.RootElement;
            return root.ValueKind == JsonValueKind.Array
                ? root.EnumerateArray().All(one => TryAdd(one, documents))
                : TryAdd(root, documents);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false; // no JSON, or text with half a surrogate pair
        }
    }

    private static bool TryAdd(JsonElement one, List<string> documents)
    {
        if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("query", out var query) || query.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        documents.Add(query.GetString()!);
        return true;
    }
}
