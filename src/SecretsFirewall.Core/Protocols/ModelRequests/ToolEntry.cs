using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>One element of a list of tools, in the shape of any provider (WIRE.md sections 2.1 to 2.8).</summary>
internal static class ToolEntry
{
    private const string Connector = "mcp";

    // A tool that the provider knows carries the day of its revision.
    private static readonly int[] DayLengths = ["_20250305".Length, "_2025_08_26".Length];

    /// <summary>The names of an entry that is one tool; null where it is none that we know.</summary>
    public static IReadOnlyList<string>? NamesOf(JsonTree tree, int node, string prefix)
    {
        var type = tree.Text(tree.Find(node, "type"u8));
        var names = new List<string>();
        var isOwn = type is null or "function" or "custom";
        foreach (var inner in new[] { tree.Find(node, "function"u8), tree.Find(node, "custom"u8), tree.Find(node, "toolSpec"u8), tree.Find(node, "systemTool"u8) })
        {
            if (tree.IsObject(inner) && !Add(names, tree.Text(tree.Find(inner, "name"u8)), prefix))
            {
                return null;
            }
        }

        if (!isOwn)
        {
            names.Add(type is "mcp_toolset" ? Connector : Stem(type!));
        }

        var name = tree.Find(node, "name"u8);
        if (name != JsonTree.None && type is not (Connector or "mcp_toolset") && !Add(names, tree.Text(name), prefix))
        {
            return null;
        }

        return names.Count == 0 ? null : names;
    }

    /// <summary>An entry of the list of servers that Anthropic connects to by itself.</summary>
    public static IReadOnlyList<string> OfServer { get; } = [Connector];

    /// <summary>Gemini: the member of a tool object that is no list of functions; its name as the provider's documentation has it in snake case.</summary>
    public static string Hosted(string member)
    {
        var name = new StringBuilder(member.Length + 4);
        foreach (var c in member)
        {
            if (char.IsAsciiLetterUpper(c))
            {
                name.Append('_');
            }

            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString() is "mcp_servers" ? Connector : name.ToString();
    }

    public static string Stem(string type)
    {
        foreach (var length in DayLengths)
        {
            if (type.Length > length && type[^length] == '_' && type[^length..].All(static c => c == '_' || char.IsAsciiDigit(c)))
            {
                return type[..^length];
            }
        }

        return type;
    }

    private static bool Add(List<string> names, string? name, string prefix)
    {
        if (string.IsNullOrEmpty(name))
        {
            return false;
        }

        if (!names.Contains(prefix + name))
        {
            names.Add(prefix + name);
        }

        return true;
    }
}
