namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Anthropic's answer in one piece.</summary>
internal static class MessagesBody
{
    public static bool IsOne(JsonTree tree) => tree.TextIs(tree.Find(0, "type"u8), "message") && tree.IsArray(tree.Find(0, "content"u8));

    public static ToolGateStop Gate(JsonTree tree, CallDecider decider, JsonEdits edits, HashSet<int> decided)
    {
        var (allowed, withheld) = (0, 0);
        foreach (var block in tree.Children(tree.Find(0, "content"u8)))
        {
            if (tree.Text(tree.Find(block, "type"u8)) is not { } type || !(MessageBlocks.IsCall(type) || MessageBlocks.IsKnown(type)))
            {
                return ToolGateStop.UnknownShape;
            }

            if (MessageBlocks.IsCall(type) || MessageBlocks.IsRunByProvider(type))
            {
                decided.Add(block);
            }

            if (!MessageBlocks.IsCall(type))
            {
                continue;
            }

            var input = tree.Find(block, "input"u8);
            if (tree.Text(tree.Find(block, "name"u8)) is not { Length: > 0 } name || !tree.IsObject(input))
            {
                return ToolGateStop.Contradiction;
            }

            if (decider.Withheld(name, ToolArguments.OfJson(tree.Raw(input).ToArray())) is { } text)
            {
                withheld++;
                edits.Replace(tree, block, [.. "{\"type\":\"text\",\"text\":"u8, .. GateText.String(text), .. "}"u8]);
            }
            else
            {
                allowed++;
            }
        }

        var reason = tree.Find(0, "stop_reason"u8);
        if (withheld > 0 && allowed == 0 && tree.TextIs(reason, "tool_use"))
        {
            edits.Replace(tree, reason, [.. "\"end_turn\""u8]);
        }

        return ToolGateStop.None;
    }
}
