using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Our own words as JSON.</summary>
internal static class GateText
{
    /// <summary>What stands between the model's own words and ours.</summary>
    public const string Gap = "\n\n";

    public static byte[] Json(Action<Utf8JsonWriter> write) => RefusalResponses.Write(write, static (writer, write) => write(writer));

    public static byte[] String(string text) => [(byte)'"', .. Content(text), (byte)'"'];

    /// <summary>The inside of a JSON string, to go on with one that is there.</summary>
    public static byte[] Content(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray();

    /// <summary>What several withheld calls leave behind, in one text.</summary>
    public static string Join(IEnumerable<string> texts) => string.Join(Gap, texts);
}
