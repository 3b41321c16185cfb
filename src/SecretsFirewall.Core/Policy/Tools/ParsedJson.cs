using System.Text.Json;

namespace SecretsFirewall.Policy.Tools;

/// <summary>JSON that rules look into. Nothing of it is pooled, so nothing of it outlives the question.</summary>
internal static class ParsedJson
{
    // As deep as the body's own check lets it be.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1000, AllowDuplicateProperties = false };

    /// <returns>Null where it is no JSON with one meaning.</returns>
    public static JsonElement? Read(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(text, Options);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair in a name
        }
    }

    /// <returns>Null where it is no JSON with one meaning.</returns>
    public static JsonElement? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonElement.Parse(text, Options);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <returns>Null for what is no text, and for half a surrogate pair.</returns>
    public static string? Text(JsonElement element)
    {
        try
        {
            return element.ValueKind is JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
