namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>What Bedrock's Converse answers are made of (WIRE.md section 2.6).</summary>
internal static class ConverseBlocks
{
    /// <summary>Words, media, and what the provider itself has run: nothing in these is run by an agent.</summary>
    public static bool IsKnown(string member) =>
        member is "text" or "reasoningContent" or "citationsContent" or "citation" or "image" or "document" or "video" or "audio" or "guardContent" or "cachePoint"
            or "searchResult" or "toolResult";

    /// <summary>The one member that says what a block, a start or a delta is; <see cref="JsonTree.None"/> where it says nothing, or two things.</summary>
    public static int Only(JsonTree tree, int node)
    {
        var found = JsonTree.None;
        foreach (var member in tree.Children(tree.IsObject(node) ? node : JsonTree.None))
        {
            if (tree.IsNothing(member))
            {
                continue;
            }

            if (found != JsonTree.None)
            {
                return JsonTree.None;
            }

            found = member;
        }

        return found;
    }

    /// <summary>Who runs the call; null where it does not say it as we know it.</summary>
    public static bool? IsRunByAgent(JsonTree tree, int toolUse) =>
        tree.Find(toolUse, "type"u8) is var type && tree.IsNothing(type) ? true
        : tree.Text(type) switch
        {
            "tool_use" => true,
            "server_tool_use" => false,
            _ => null,
        };
}
