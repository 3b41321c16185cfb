using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Finds what could be a tool call in anybody's shape (WIRE.md section 2.3), in any capitals. A reader says which of them it has decided about; any other one
/// makes the answer unreadable: some client may run what we did not see.
/// </summary>
internal static class CallMarks
{
    private static readonly HashSet<string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        "tool_use", "custom_tool_use", "agent.tool_use", "agent.custom_tool_use", "agent.mcp_tool_use",
        "function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call", "mcp_approval_request", "tool_search_call",
        "program", "function.call", "function.call.delta", "tool_call", "tool_calls",
    };

    private static readonly HashSet<string> Members = new(StringComparer.OrdinalIgnoreCase)
    {
        "tool_calls", "toolCalls", "tool_call", "toolCall", "function_call", "functionCall", "functionCalls", "function_calls", "toolUse",
    };

    // A tool and what it is given, whatever stands around them.
    private static readonly HashSet<string> Given = new(StringComparer.OrdinalIgnoreCase) { "arguments", "args", "input", "partialArgs", "partial_args" };

    // What the request said about its tools comes back in some answers, with schemas that may name anything; and who asked for a call says no call. Nobody runs these.
    private static readonly HashSet<string> Echoes = new(StringComparer.Ordinal) { "tools", "tool_choice", "metadata", "caller" };

    /// <param name="decided">Nodes that are known with all that is below them.</param>
    public static bool AnyOutside(JsonTree tree, int node, HashSet<int> decided)
    {
        var (hasName, hasGiven) = (false, false);
        foreach (var child in tree.Children(node))
        {
            if (decided.Contains(child))
            {
                continue;
            }

            var name = tree.Name(child);
            hasName |= Ascii.EqualsIgnoreCase(name, "name") && tree.IsString(child);
            hasGiven |= Given.Contains(name);
            if (tree.Kind(child) is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if ((Members.Contains(name) && !tree.IsEmpty(child)) || (!Echoes.Contains(name) && AnyOutside(tree, child, decided)))
                {
                    return true;
                }
            }
            else if (Ascii.EqualsIgnoreCase(name, "type") && tree.Text(child) is { } type && Types.Contains(type))
            {
                return true;
            }
        }

        return node != 0 && hasName && hasGiven; // an event that names its call says so at its top
    }
}
