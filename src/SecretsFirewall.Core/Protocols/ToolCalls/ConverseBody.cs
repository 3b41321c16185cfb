namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The answer of Bedrock's Converse in one piece.</summary>
internal static class ConverseBody
{
    public static bool IsOne(JsonTree tree) => tree.IsArray(Content(tree));

    public static ToolGateStop Gate(JsonTree tree, CallDecider decider, JsonEdits edits, HashSet<int> decided)
    {
        var (allowed, withheld) = (0, 0);
        foreach (var block in tree.Children(Content(tree)))
        {
            var kind = ConverseBlocks.Only(tree, block);
            if (kind < 0 || !(tree.NameIs(kind, "toolUse"u8) || ConverseBlocks.IsKnown(tree.Name(kind))))
            {
                return ToolGateStop.UnknownShape;
            }

            if (!tree.NameIs(kind, "toolUse"u8))
            {
                continue;
            }

            if (ConverseBlocks.IsRunByAgent(tree, kind) is not { } isOurs)
            {
                return ToolGateStop.UnknownShape;
            }

            decided.Add(kind);
            if (!isOurs)
            {
                continue;
            }

            var input = tree.Find(kind, "input"u8);
            if (tree.Text(tree.Find(kind, "name"u8)) is not { Length: > 0 } name || !tree.IsObject(input))
            {
                return ToolGateStop.Contradiction;
            }

            if (decider.Withheld(name, ToolArguments.OfJson(tree.Raw(input).ToArray())) is { } text)
            {
                withheld++;
                edits.Replace(tree, block, [.. "{\"text\":"u8, .. GateText.String(text), .. "}"u8]);
            }
            else
            {
                allowed++;
            }
        }

        var reason = tree.Find(0, "stopReason"u8);
        if (withheld > 0 && allowed == 0 && tree.TextIs(reason, "tool_use"))
        {
            edits.Replace(tree, reason, [.. "\"end_turn\""u8]);
        }

        return ToolGateStop.None;
    }

    private static int Content(JsonTree tree) => tree.Find(tree.Find(tree.Find(0, "output"u8), "message"u8), "content"u8);
}
