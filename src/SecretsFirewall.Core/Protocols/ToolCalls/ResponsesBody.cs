namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The answer of OpenAI's Responses in one piece, also as it is asked for again.</summary>
internal static class ResponsesBody
{
    public static bool IsOne(JsonTree tree) =>
        tree.Text(tree.Find(0, "object"u8)) is { } kind && kind.StartsWith("response", StringComparison.Ordinal) && tree.IsArray(tree.Find(0, "output"u8));

    public static ToolGateStop Gate(JsonTree tree, CallDecider decider, string decisionId, JsonEdits edits, HashSet<int> decided)
    {
        var texts = new List<string>();
        var index = 0;
        foreach (var item in tree.Children(tree.Find(0, "output"u8)))
        {
            var type = tree.Text(tree.Find(item, "type"u8)) ?? "";
            if (!ResponseItems.IsCall(type) && !ResponseItems.IsKnown(type))
            {
                return ToolGateStop.UnknownShape;
            }

            if (!ResponseItems.IsSearched(type))
            {
                decided.Add(item);
            }

            if (ResponseItems.IsCall(type))
            {
                if (ResponseItems.Read(tree, item) is not var (tool, arguments))
                {
                    return ToolGateStop.Contradiction;
                }

                if (decider.Withheld(tool, arguments) is { } text)
                {
                    texts.Add(text);
                    var id = $"msg_{decisionId}_{index}";
                    edits.Replace(tree, item, GateText.Json(writer => ResponseItems.WriteMessage(writer, id, text)));
                }
            }

            index++;
        }

        var all = tree.Find(0, "output_text"u8);
        if (tree.IsString(all) && texts.Count > 0)
        {
            edits.Insert(tree.End(all) - 1, GateText.Content(GateText.Join(texts)));
        }

        return ToolGateStop.None;
    }
}
