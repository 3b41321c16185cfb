using System.Text.Json;
using SecretsFirewall.Policy.Tools;

namespace SecretsFirewall.Policy.Conditions;

/// <summary>A value that a rule looks up. The zero value is not known.</summary>
internal readonly record struct FactValue
{
    /// <summary>Nobody knows whether it is there.</summary>
    public static readonly FactValue Unknown;

    public static readonly FactValue Absent = new() { IsKnown = true };

    public bool IsKnown { get; private init; }

    /// <summary>The text, or the JSON text of what is none; null where nothing stands there.</summary>
    public string? Text { get; private init; }

    public JsonValueKind Kind { get; private init; }

    /// <summary>Of a header field or a query: a number in it is a text.</summary>
    public bool IsPlain { get; private init; }

    public static FactValue OfText(string text) => new() { IsKnown = true, Text = text, Kind = JsonValueKind.String, IsPlain = true };

    public static FactValue OfJson(JsonElement? root, JsonPointer pointer) =>
        root is not { } whole ? Unknown
        : pointer.Find(whole) is not { } found ? Absent
        : found.ValueKind is not JsonValueKind.String ? new FactValue { IsKnown = true, Text = found.GetRawText(), Kind = found.ValueKind }
        : ParsedJson.Text(found) is { } text ? new FactValue { IsKnown = true, Text = text, Kind = JsonValueKind.String }
        : Unknown;
}
