using System.Text.Json;

namespace SecretsFirewall.Protocols;

/// <summary>
/// The parts of model traffic that a provider signed or encrypted, that tie calls to results, or that hold media: a rewritten one is refused
/// upstream or means something else. Source: WIRE.md sections 2.2 to 2.7.
/// </summary>
internal readonly ref struct ProtectedParts(ReadOnlySpan<byte> json, List<JsonFrame> frames)
{
    private static readonly HashSet<string> ByName = new(StringComparer.Ordinal)
    {
        "encrypted_content", "encrypted_index", "encrypted_stdout", "thoughtSignature", "thought_signature", "redactedContent",
        "tool_use_id", "tool_call_id", "call_id", "toolUseId", "previous_response_id", "file_data", "b64_json", "images",
    };

    // What an object must be for its id to be one that other messages refer to.
    private static readonly HashSet<string> TypesWithId = new(StringComparer.Ordinal)
    {
        "tool_use", "server_tool_use", "mcp_tool_use", "function", "custom", "function_call", "custom_tool_call", "local_shell_call",
        "shell_call", "apply_patch_call", "computer_call", "mcp_call", "code_interpreter_call", "web_search_call", "file_search_call",
        "image_generation_call", "reasoning", "message", "item_reference",
    };

    private readonly ReadOnlySpan<byte> _json = json;

    /// <param name="value">The raw content of the value that is being read.</param>
    public bool Covers(ReadOnlySpan<byte> value)
    {
        if (IsMediaUrl(value))
        {
            return true;
        }

        var owner = frames.FindLastIndex(frame => !frame.IsArray);
        if (owner < 0)
        {
            return false;
        }

        var name = frames[owner].Key(_json);
        return ByName.Contains(name) || (owner == frames.Count - 1 && CoversMember(name, owner));
    }

    // These names are common, so what is around them decides. Only for direct members: an object has each of them once.
    private bool CoversMember(string name, int owner) => name switch
    {
        "signature" => Parent(owner) == "reasoningText" || Sibling(owner, "type"u8) == "thinking",
        "thinking" => Sibling(owner, "type"u8) == "thinking", // the signature covers it
        "text" => Parent(owner) == "reasoningText",
        "data" => Parent(owner) is "inlineData" or "inline_data" or "input_audio" || Sibling(owner, "type"u8) is "redacted_thinking" or "base64",
        "bytes" => Parent(owner) == "source",
        "id" => Parent(owner) is "functionCall" or "functionResponse"
            || Sibling(owner, "role"u8) is not null
            || (Sibling(owner, "type"u8) is { } type && TypesWithId.Contains(type)),
        _ => false,
    };

    private static bool IsMediaUrl(ReadOnlySpan<byte> value) =>
        value.StartsWith("data:"u8) && value[..Math.Min(value.Length, 128)].IndexOf(";base64,"u8) >= 0;

    private string? Parent(int owner)
    {
        var parent = owner - 1;
        return parent >= 0 && !frames[parent].IsArray ? frames[parent].Key(_json) : null;
    }

    /// <summary>The text of a member of the same object, wherever in it; null if it has none or the text ends before.</summary>
    private string? Sibling(int owner, ReadOnlySpan<byte> name)
    {
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonBody.ReaderDepth });
        var reader = new Utf8JsonReader(_json[frames[owner].Start..], isFinalBlock: false, state);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            if (!reader.Read())
            {
                return null;
            }

            if (isIt && reader.TokenType == JsonTokenType.String)
            {
                return JsonBody.Text(ref reader);
            }

            if (!reader.TrySkip())
            {
                return null;
            }
        }

        return null;
    }
}
