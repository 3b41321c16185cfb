using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>What a server says, one JSON text at a time: tools that the agent may not have go out of lists, requests to the agent are asked about, and all else stays byte for byte.</summary>
internal static class McpAnswer
{
    // As a refusal of the agent's own request has it.
    private const int RefusedByFirewall = McpRefusal.RefusedByFirewall;

    public static ToolGateStop Gate(JsonTree tree, McpAnswerRules rules, JsonEdits edits)
    {
        foreach (var message in tree.IsArray(0) ? tree.Children(0) : [0])
        {
            if (GateOne(tree, message, rules, edits) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return tree.IsAmbiguous ? ToolGateStop.UnknownShape : ToolGateStop.None;
    }

    private static ToolGateStop GateOne(JsonTree tree, int message, McpAnswerRules rules, JsonEdits edits)
    {
        if (!tree.IsObject(message))
        {
            return rules.IsKnown ? ToolGateStop.UnknownShape : ToolGateStop.None;
        }

        if (!rules.IsKnown && tree.Find(message, "jsonrpc"u8) == JsonTree.None)
        {
            return ToolGateStop.None;
        }

        var (method, result) = (tree.Find(message, "method"u8), tree.Find(message, "result"u8));
        var isRequest = !tree.IsNothing(method);
        if (isRequest && result != JsonTree.None)
        {
            return ToolGateStop.Contradiction;
        }

        if (isRequest)
        {
            return Ask(tree, message, method, rules, edits);
        }

        var tools = tree.Find(result, "tools"u8);
        if (tree.IsArray(tools))
        {
            return Filter(tree, tools, rules, edits);
        }

        return tree.IsNothing(tools) ? AskInputs(tree, message, result, rules, edits) : ToolGateStop.UnknownShape;
    }

    private static ToolGateStop Filter(JsonTree tree, int list, McpAnswerRules rules, JsonEdits edits)
    {
        var tools = new List<(int Node, McpTool Tool)>();
        foreach (var node in tree.Children(list))
        {
            if (!tree.IsObject(node) || McpTool.Read(tree, node) is not { } tool)
            {
                return ToolGateStop.Contradiction;
            }

            tools.Add((node, tool));
        }

        var keeps = rules.Keeps([.. tools.Select(static one => one.Tool)]);
        var gone = tools.Where((_, i) => !keeps[i]).Select(static one => one.Node).ToHashSet();
        if (gone.Count > 0)
        {
            edits.Remove(tree, list, gone.Contains);
        }

        return ToolGateStop.None;
    }

    /// <summary>A request of the server (until 2025-11-25). Nobody answers one that is withheld: the agent is told why, and the server waits in vain.</summary>
    private static ToolGateStop Ask(JsonTree tree, int message, int method, McpAnswerRules rules, JsonEdits edits)
    {
        if (tree.Text(method) is not { } name)
        {
            return ToolGateStop.UnknownShape;
        }

        if (tree.Find(message, "id"u8) != JsonTree.None && rules.Withheld(name) is { } text)
        {
            edits.Replace(tree, message, GateText.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("jsonrpc", "2.0");
                writer.WriteString("method", "notifications/message");
                writer.WriteStartObject("params");
                writer.WriteString("level", "warning");
                writer.WriteString("logger", "secrets-firewall");
                writer.WriteString("data", text);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }));
        }

        return ToolGateStop.None;
    }

    /// <summary>Requests of the server inside a result that asks for more input (2026-07-28). If one of them is refused, so is the answer that asks.</summary>
    private static ToolGateStop AskInputs(JsonTree tree, int message, int result, McpAnswerRules rules, JsonEdits edits)
    {
        var inputs = tree.Find(result, "inputRequests"u8);
        if (tree.IsNothing(inputs))
        {
            return ToolGateStop.None;
        }

        if (!tree.IsObject(inputs))
        {
            return ToolGateStop.UnknownShape;
        }

        string? text = null;
        foreach (var input in tree.Children(inputs))
        {
            if (tree.Text(tree.Find(input, "method"u8)) is not { } method)
            {
                return ToolGateStop.UnknownShape;
            }

            text ??= rules.Withheld(method);
        }

        if (text is not null)
        {
            var id = tree.Find(message, "id"u8);
            edits.Replace(tree, message, Refused(id == JsonTree.None ? [.. "null"u8] : tree.Raw(id).ToArray(), text, rules.AnswersToolCall));
        }

        return ToolGateStop.None;
    }

    private static byte[] Refused(byte[] id, string text, bool isToolCall) => GateText.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        writer.WritePropertyName("id");
        writer.WriteRawValue(id);
        if (isToolCall)
        {
            writer.WriteStartObject("result");
            writer.WriteString("resultType", "complete");
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", text);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteBoolean("isError", true);
        }
        else
        {
            writer.WriteStartObject("error");
            writer.WriteNumber("code", RefusedByFirewall);
            writer.WriteString("message", text);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
