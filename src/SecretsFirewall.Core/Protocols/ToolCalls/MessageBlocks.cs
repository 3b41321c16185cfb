namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The kinds of content blocks in Anthropic's messages.</summary>
internal static class MessageBlocks
{
    /// <summary>The agent runs it.</summary>
    public static bool IsCall(string type) => type is "tool_use";

    /// <summary>Words, and what the provider itself has run: nothing in these is run by an agent.</summary>
    public static bool IsKnown(string type) =>
        type is "text" or "thinking" or "redacted_thinking" or "compaction" or "container_upload" || IsRunByProvider(type)
        || type.EndsWith("_tool_result", StringComparison.Ordinal);

    /// <summary>Whether a delta of one type goes on with a block of the other.</summary>
    public static bool Continues(string block, string? delta) => delta switch
    {
        "text_delta" or "citations_delta" => block is "text",
        "thinking_delta" or "signature_delta" => block is "thinking",
        "input_json_delta" => IsCall(block) || IsRunByProvider(block),
        "compaction_delta" => block is "compaction",
        _ => false,
    };

    /// <summary>A call that was run before the answer came. What it was given may be anything; in other blocks nothing may look like a call.</summary>
    public static bool IsRunByProvider(string type) => type is "server_tool_use" or "mcp_tool_use";
}
