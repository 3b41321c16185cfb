namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The calls of one answer of Ollama's <c>/api/chat</c>, in one piece or in lines: whole, with arguments that are an object.</summary>
internal sealed class OllamaCalls(CallDecider decider)
{
    private bool _hasText;
    private int _withheld;

    public static bool IsOne(JsonTree tree) => tree.IsObject(tree.Find(0, "message"u8));

    public ToolGateStop Take(JsonTree tree, JsonEdits edits, HashSet<int> decided)
    {
        var message = tree.Find(0, "message"u8);
        var calls = tree.Find(message, "tool_calls"u8);
        var content = tree.Find(message, "content"u8);
        _hasText |= tree.Text(content) is { Length: > 0 };
        if (tree.IsNothing(calls) || (tree.IsArray(calls) && tree.IsEmpty(calls)))
        {
            return ToolGateStop.None;
        }

        if (!tree.IsArray(calls) || !(tree.IsNothing(content) || tree.IsString(content)))
        {
            return ToolGateStop.UnknownShape;
        }

        decided.Add(calls);

        var withheld = new Dictionary<int, string>();
        foreach (var call in tree.Children(calls))
        {
            var function = tree.Find(call, "function"u8);
            var arguments = tree.Find(function, "arguments"u8);
            var type = tree.Find(call, "type"u8);
            if (tree.Text(tree.Find(function, "name"u8)) is not { Length: > 0 } name || !(tree.IsNothing(arguments) || tree.IsObject(arguments))
                || !(tree.IsNothing(type) || tree.Text(type) is "" or "function"))
            {
                return ToolGateStop.Contradiction;
            }

            if (decider.Withheld(name, tree.IsNothing(arguments) ? "{}" : ToolArguments.OfJson(tree.Raw(arguments).ToArray())) is { } text)
            {
                withheld.Add(call, text);
                _withheld++;
            }
            else if (_withheld > 0 && tree.Find(function, "index"u8) is var index && tree.Index(index) is { } number && number >= _withheld)
            {
                edits.Replace(tree, index, GateText.Json(writer => writer.WriteNumberValue(number - _withheld)));
            }
        }

        if (withheld.Count > 0)
        {
            Rewrite(tree, message, calls, content, withheld, edits);
            _hasText = true;
        }

        return ToolGateStop.None;
    }

    private void Rewrite(JsonTree tree, int message, int calls, int content, Dictionary<int, string> withheld, JsonEdits edits)
    {
        var isEmptied = false;
        if (tree.Children(calls).All(withheld.ContainsKey))
        {
            isEmptied = edits.Remove(tree, message, member => member == calls);
        }
        else
        {
            edits.Remove(tree, calls, withheld.ContainsKey);
        }

        var text = (_hasText ? GateText.Gap : "") + GateText.Join(withheld.OrderBy(static pair => pair.Key).Select(static pair => pair.Value));
        if (content < 0)
        {
            edits.Insert(tree.Start(message) + 1, [.. "\"content\":"u8, .. GateText.String(text), .. isEmptied ? default : ","u8]);
        }
        else if (tree.IsString(content))
        {
            edits.Insert(tree.End(content) - 1, GateText.Content(text));
        }
        else
        {
            edits.Replace(tree, content, GateText.String(text));
        }
    }
}
