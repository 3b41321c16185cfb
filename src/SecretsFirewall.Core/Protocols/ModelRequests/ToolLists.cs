using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>
/// Finds the tools that a request offers, wherever providers take them: <c>tools</c> at the top, below <c>toolConfig</c>, in items of the input and in the requests of a
/// batch, in namespaces, Gemini's lists of functions, and the lists of older shapes. What a list holds that nobody knows makes the request undecidable.
/// </summary>
internal sealed class ToolLists(JsonTree tree)
{
    private readonly Dictionary<int, int> _parents = [];
    private int _inner;

    // What tools are given, schemas, and what they answered: texts of others, in which a list of tools is none.
    private static readonly HashSet<string> Foreign = new(StringComparer.Ordinal)
    {
        "args", "arguments", "input_schema", "inputSchema", "parameters", "parametersJsonSchema", "output", "response", "result", "json", "schema", "json_schema", "response_format",
        "responseSchema", "response_schema", "responseJsonSchema", "format", "metadata", "tool_choice", "toolChoice", "text_format",
    };

    public List<ToolOffer> Offers { get; } = [];

    /// <summary>Members and elements that hold nothing but offers: they go once all of these do.</summary>
    public List<int> Lists { get; } = [];

    public JsonTree Tree => tree;

    public int ParentOf(int node) => _parents.GetValueOrDefault(node, JsonTree.None);

    /// <summary>False where a list of tools cannot be read for certain.</summary>
    /// <param name="inner">A part of it that is a request too, whatever its name; 0 for none.</param>
    public bool Find(int inner = 0)
    {
        _inner = inner;
        _parents[inner] = 0;
        return Walk(0, isRoot: true) && (inner == 0 || Walk(inner, isRoot: true));
    }

    /// <summary>Whether an element of a list is no tool: Bedrock's marks for its cache.</summary>
    public bool IsFiller(int node) => tree.IsObject(tree.Find(node, "cachePoint"u8));

    private bool Walk(int node, bool isRoot)
    {
        foreach (var child in tree.Children(node))
        {
            if (child == _inner)
            {
                continue;
            }

            _parents[child] = node;
            var name = tree.Name(child);
            var isList = name is "tools" or "mcp_servers" || (name is "functions" && isRoot);
            if (!isList && IsNearly(name))
            {
                return false;
            }

            if (isList && !tree.IsNothing(child))
            {
                if (!(tree.IsArray(child) ? TakeList(child, name, "") : !isRoot && Walk(child, isRoot: false)))
                {
                    return false;
                }
            }
            else if (name is "web_search_options" && isRoot && tree.IsObject(child))
            {
                Offers.Add(new ToolOffer(tree, child, ["web_search"]));
            }
            else if (!IsForeign(child, name) && !Walk(child, isRoot: false))
            {
                return false;
            }
        }

        return true;
    }

    // An array of the input is followed, and the input of a call is not.
    private bool IsForeign(int node, string name) =>
        Foreign.Contains(name) || (name is "input" && tree.IsObject(node) && tree.Text(tree.Find(ParentOf(node), "type"u8)) is { } type && type.EndsWith("tool_use", StringComparison.Ordinal))
        || (name is "input" && tree.IsObject(node) && tree.Find(ParentOf(node), "toolUseId"u8) != JsonTree.None);

    private static bool IsNearly(string name) =>
        (name.Equals("tools", StringComparison.OrdinalIgnoreCase) && name != "tools") || (name.Equals("mcp_servers", StringComparison.OrdinalIgnoreCase) && name != "mcp_servers");

    private bool TakeList(int list, string name, string prefix)
    {
        // What a server offered in an earlier turn, as the provider wrote it down: the connector is what is decided about.
        if (tree.TextIs(tree.Find(ParentOf(list), "type"u8), "mcp_list_tools"))
        {
            return true;
        }

        Lists.Add(list);
        foreach (var entry in tree.Children(list))
        {
            _parents[entry] = list;
            if (!tree.IsObject(entry) || !(name is "mcp_servers" ? Add(entry, ToolEntry.OfServer) : Take(entry, prefix)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Take(int entry, string prefix)
    {
        var type = tree.Find(entry, "type"u8);
        if (IsFiller(entry))
        {
            return true;
        }

        if (tree.TextIs(type, "namespace"))
        {
            return tree.Text(tree.Find(entry, "name"u8)) is { Length: > 0 } space && TakeInner(entry, tree.Find(entry, "tools"u8), $"{prefix}{space}.");
        }

        var isGemini = type == JsonTree.None && tree.Find(entry, "name"u8) == JsonTree.None && !tree.Children(entry).Any(child => tree.Name(child) is "function" or "custom" or "toolSpec" or "systemTool");
        return isGemini ? TakeMembers(entry) : ToolEntry.NamesOf(tree, entry, prefix) is { } names && Add(entry, names);
    }

    private bool TakeInner(int entry, int list, string prefix)
    {
        if (!tree.IsArray(list))
        {
            return false;
        }

        _parents[list] = entry;
        return TakeList(list, "tools", prefix);
    }

    private bool TakeMembers(int entry)
    {
        Lists.Add(entry);
        foreach (var member in tree.Children(entry))
        {
            _parents[member] = entry;
            var name = tree.Name(member);
            if (name is "functionDeclarations" or "function_declarations")
            {
                if (!tree.IsArray(member) || !TakeList(member, "tools", ""))
                {
                    return false;
                }
            }
            else if (!tree.IsNothing(member))
            {
                Add(member, [ToolEntry.Hosted(name)]);
            }
        }

        return true;
    }

    private bool Add(int node, IReadOnlyList<string> names)
    {
        Offers.Add(new ToolOffer(tree, node, names));
        return true;
    }
}
