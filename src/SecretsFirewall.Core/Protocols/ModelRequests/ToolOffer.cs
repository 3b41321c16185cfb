using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>A tool that a request offers the model.</summary>
public sealed class ToolOffer
{
    private readonly JsonTree _tree;

    internal ToolOffer(JsonTree tree, int node, IReadOnlyList<string> names) => (_tree, Node, Names) = (tree, node, names);

    /// <summary>
    /// One, as its calls will have it; or two where the entry has a type of the provider's and a name beside it: whoever may not have one of them may not have the tool.
    /// What a provider runs itself is named by its type without the day (<c>web_search</c>), a connector to an MCP server <c>mcp</c>.
    /// </summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The entry as JSON in one spelling; null where it is no object.</summary>
    public string? Definition => _tree.IsObject(Node) ? ToolArguments.OfJson(_tree.Raw(Node).ToArray()) : null;

    internal int Node { get; }
}
