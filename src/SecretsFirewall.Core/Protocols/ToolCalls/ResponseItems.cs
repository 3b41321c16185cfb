using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The kinds of output items in OpenAI's Responses, and the items that we write (WIRE.md sections 2.2 and 2.3).</summary>
internal static class ResponseItems
{
    /// <summary>The agent runs it, or says yes to it.</summary>
    public static bool IsCall(string type) =>
        type is "function_call" or "custom_tool_call" or "local_shell_call" or "shell_call" or "apply_patch_call" or "computer_call"
            or "mcp_approval_request" or "tool_search_call" or "program";

    /// <summary>Words, what the provider itself has run, and what is no action at all.</summary>
    public static bool IsKnown(string type) =>
        IsRunByProvider(type)
        || type is "message" or "reasoning" or "mcp_list_tools" or "mcp_approval_response" or "compaction" or "item_reference" or "additional_tools"
        || type.EndsWith("_output", StringComparison.Ordinal);

    /// <summary>Nothing in these may look like a call: words, results, lists.</summary>
    public static bool IsSearched(string type) => !IsCall(type) && !IsRunByProvider(type);

    private static bool IsRunByProvider(string type) =>
        type is "mcp_call" or "code_interpreter_call" or "web_search_call" or "file_search_call" or "image_generation_call";

    /// <returns>Null where the item does not say which tool it calls.</returns>
    public static (string Tool, string? Arguments)? Read(JsonTree tree, int item)
    {
        var type = tree.Text(tree.Find(item, "type"u8));
        return type switch
        {
            "function_call" or "mcp_approval_request" => Named(tree, item, tree.Text(tree.Find(item, "arguments"u8)) is { } text ? ToolArguments.OfText(text) : null),
            "custom_tool_call" => Named(tree, item, tree.Text(tree.Find(item, "input"u8))),
            "local_shell_call" => ("local_shell", Part(tree, item, "action"u8)),
            "shell_call" => ("shell", Part(tree, item, "action"u8)),
            "apply_patch_call" => ("apply_patch", Part(tree, item, "operation"u8)),
            "computer_call" => ("computer", Part(tree, item, "action"u8)),
            "tool_search_call" => ("tool_search", Part(tree, item, "arguments"u8)),
            "program" => ("program", Part(tree, item, "code"u8)),
            _ => null,
        };
    }

    /// <summary>What an item says in the end where events of their own said it before: a command of a shell call, the diff of a patch.</summary>
    public static string? Part(JsonTree tree, int item, int index) =>
        tree.TextIs(tree.Find(item, "type"u8), "apply_patch_call")
            ? tree.Text(tree.Find(tree.Find(item, "operation"u8), "diff"u8))
            : tree.Children(tree.Find(tree.Find(item, "action"u8), "commands"u8)).Skip(index).Select(tree.Text).FirstOrDefault();

    public static void WriteMessage(Utf8JsonWriter writer, string id, string? text)
    {
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("type", "message");
        writer.WriteString("status", text is null ? "in_progress" : "completed");
        writer.WriteString("role", "assistant");
        writer.WriteStartArray("content");
        if (text is not null)
        {
            WritePart(writer, text);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void WritePart(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "output_text");
        writer.WriteString("text", text);
        writer.WriteStartArray("annotations");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // Tools in a namespace are called by both names.
    private static (string, string?)? Named(JsonTree tree, int item, string? arguments) =>
        tree.Text(tree.Find(item, "name"u8)) is not { Length: > 0 } name ? null
        : tree.Text(tree.Find(item, "namespace"u8)) is { Length: > 0 } space ? ($"{space}.{name}", arguments)
        : (name, arguments);

    // The action itself; the whole item where it says its action in another way.
    private static string? Part(JsonTree tree, int item, ReadOnlySpan<byte> name)
    {
        var part = tree.Find(item, name);
        return ToolArguments.OfJson(tree.Raw(tree.IsObject(part) ? part : item).ToArray());
    }
}
