using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The answer of Chat Completions in one piece.</summary>
internal static class ChatBody
{
    public static bool IsOne(JsonTree tree) => tree.IsArray(tree.Find(0, "choices"u8));

    public static ToolGateStop Gate(JsonTree tree, CallDecider decider, JsonEdits edits, HashSet<int> decided)
    {
        foreach (var choice in tree.Children(tree.Find(0, "choices"u8)))
        {
            var message = tree.Find(choice, "message"u8);
            var calls = tree.Find(message, "tool_calls"u8);
            var legacy = tree.Find(message, "function_call"u8);
            if (!(tree.IsNothing(calls) || tree.IsArray(calls)) || !(tree.IsNothing(legacy) || tree.IsObject(legacy)))
            {
                return ToolGateStop.UnknownShape;
            }

            decided.UnionWith([calls, legacy]);
            var withheld = new Dictionary<int, string>();
            var all = tree.Children(calls).Select(call => (Node: call, IsLegacy: false)).ToList();
            if (tree.IsObject(legacy))
            {
                all.Add((legacy, true));
            }

            foreach (var (node, isLegacy) in all)
            {
                var call = new ChatCall(tree, node, isLegacy);
                if (!call.Take(tree, node, isFirst: true))
                {
                    return ToolGateStop.Contradiction;
                }

                if (decider.Withheld(call.Name, call.Arguments) is { } text)
                {
                    withheld[node] = text;
                }
            }

            if (withheld.Count > 0)
            {
                Rewrite(tree, choice, (calls, legacy), withheld, all.Count == withheld.Count, edits);
            }
        }

        return ToolGateStop.None;
    }

    private static void Rewrite(
        JsonTree tree, int choice, (int Calls, int Legacy) lists, Dictionary<int, string> withheld, bool isAll, JsonEdits edits)
    {
        var message = tree.Find(choice, "message"u8);
        var content = tree.Find(message, "content"u8);
        var text = GateText.Join(withheld.OrderBy(static pair => pair.Key).Select(static pair => pair.Value));
        var isGone = withheld.ContainsKey(lists.Legacy) ? [lists.Legacy] : new HashSet<int>();
        if (tree.IsArray(lists.Calls) && tree.Children(lists.Calls).Any() && tree.Children(lists.Calls).All(withheld.ContainsKey))
        {
            isGone.Add(lists.Calls);
        }
        else if (tree.Children(lists.Calls).Any(withheld.ContainsKey))
        {
            edits.Remove(tree, lists.Calls, withheld.ContainsKey);
        }

        var isEmptied = isGone.Count > 0 && edits.Remove(tree, message, isGone.Contains);
        Say(tree, message, content, text, isEmptied, edits);
        var reason = tree.Find(choice, "finish_reason"u8);
        if (isAll && tree.Text(reason) is "tool_calls" or "function_call")
        {
            edits.Replace(tree, reason, [.. "\"stop\""u8]);
        }
    }

    private static void Say(JsonTree tree, int message, int content, string text, bool isEmptied, JsonEdits edits)
    {
        switch (tree.Kind(content))
        {
            case JsonTokenType.None:
                edits.Insert(tree.Start(message) + 1, [.. "\"content\":"u8, .. GateText.String(text), .. isEmptied ? default : ","u8]);
                break;
            case JsonTokenType.String:
                edits.Insert(tree.End(content) - 1, GateText.Content(tree.Text(content) is { Length: > 0 } ? GateText.Gap + text : text));
                break;
            case JsonTokenType.StartArray:
                edits.Insert(tree.End(content) - 1, [.. tree.IsEmpty(content) ? default : ","u8, .. "{\"type\":\"text\",\"text\":"u8, .. GateText.String(text), .. "}"u8]);
                break;
            default:
                edits.Replace(tree, content, GateText.String(text));
                break;
        }
    }
}
