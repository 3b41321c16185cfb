using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The arguments of a call in one spelling, whatever blanks and escapes the model chose.</summary>
internal static class ToolArguments
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="text">As a provider carries them in a string. Nothing at all is what SDKs take for no arguments.</param>
    /// <returns>Null where they are no JSON object with one meaning.</returns>
    public static string? OfText(string text)
    {
        if (text.AsSpan().Trim(" \t\r\n").IsEmpty)
        {
            return "{}";
        }

        return OfJson(Encoding.UTF8.GetBytes(text));
    }

    /// <param name="json">As a provider carries them where they are no string.</param>
    public static string? OfJson(ReadOnlyMemory<byte> json)
    {
        if (JsonBody.FirstByte(json.Span) != '{' || JsonBody.Check(json.Span) is not JsonDefect.None)
        {
            return null;
        }

        using var output = new TrafficBytes();
        using (var writer = new Utf8JsonWriter(output, Writing))
        using (var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonBody.MaxDepth }))
        {
            document.RootElement.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(output.Written.Span);
    }

    /// <summary>Whether two parts of an answer say the same, order and spelling aside.</summary>
    public static bool AreEqual(string? one, string? other)
    {
        if (one is null || other is null)
        {
            return false;
        }

        using var left = JsonDocument.Parse(one, new JsonDocumentOptions { MaxDepth = JsonBody.MaxDepth });
        using var right = JsonDocument.Parse(other, new JsonDocumentOptions { MaxDepth = JsonBody.MaxDepth });
        return JsonElement.DeepEquals(left.RootElement, right.RootElement);
    }
}
