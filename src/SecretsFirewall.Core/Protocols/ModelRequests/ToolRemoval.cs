using System.Buffers;
using System.Text.Json;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>
/// Takes tools out of a request; every other byte stays. A list that is left without any goes too, since providers refuse an empty one, and with it what only says how
/// its tools are to be chosen. A choice of a tool that is gone cannot be repaired.
/// </summary>
internal sealed class ToolRemoval(ToolLists lists)
{
    // They say something about the tools of a list beside them, and providers refuse them where there is none.
    private static readonly Dictionary<string, string[]> Companions = new(StringComparer.Ordinal)
    {
        ["tools"] = ["tool_choice", "parallel_tool_calls"],
        ["functions"] = ["function_call"],
    };

    private readonly JsonTree _tree = lists.Tree;
    private readonly HashSet<int> _gone = [];

    /// <param name="removed">Some of the offers of <see cref="ToolLists.Offers"/>.</param>
    /// <returns>False where the request asks for a tool that is gone.</returns>
    public bool TryApply(IReadOnlySet<ToolOffer> removed, IBufferWriter<byte> output)
    {
        foreach (var offer in removed)
        {
            _gone.Add(offer.Node);
        }

        // From the innermost list outward: a list stands before those inside of it.
        for (var i = lists.Lists.Count - 1; i >= 0; i--)
        {
            Empty(lists.Lists[i]);
        }

        var left = lists.Offers.Where(offer => !removed.Contains(offer)).SelectMany(static offer => offer.Names).ToHashSet(StringComparer.Ordinal);
        var names = removed.SelectMany(static offer => offer.Names).Where(name => !left.Contains(name)).ToHashSet(StringComparer.Ordinal);
        if (!ChoicesStand(0, names, left.Count == 0))
        {
            return false;
        }

        var edits = new JsonEdits();
        foreach (var container in _gone.Select(lists.ParentOf).Distinct().Where(container => !IsInsideGone(container)))
        {
            edits.Remove(_tree, container, _gone.Contains);
        }

        edits.Apply(_tree.Json, output);
        return true;
    }

    private void Empty(int list)
    {
        if (_gone.Contains(list) || !_tree.Children(list).Any(_gone.Contains) || _tree.Children(list).Any(child => !_gone.Contains(child) && !lists.IsFiller(child)))
        {
            return;
        }

        var parent = lists.ParentOf(list);
        if (_tree.IsArray(parent) || _tree.IsObject(list))
        {
            _gone.Add(list); // an element of a list, such as a namespace
        }
        else if (parent == 0 || _tree.Name(parent) is "params" or "request" || IsSocketRequest(parent))
        {
            _gone.Add(list);
            if (Companions.TryGetValue(_tree.Name(list), out var companions))
            {
                _gone.UnionWith(_tree.Children(parent).Where(member => companions.Contains(_tree.Name(member))));
            }
        }
        else if (_tree.Name(parent) is "toolConfig")
        {
            _gone.Add(parent);
        }
        else if (_tree.Name(list) is "functionDeclarations" or "function_declarations")
        {
            _gone.Add(list);
        }
        else if (_tree.Text(_tree.Find(parent, "type"u8)) is "additional_tools" or "namespace")
        {
            _gone.Add(parent);
        }
    }

    // The part of a message that is the request.
    private bool IsSocketRequest(int node) => lists.ParentOf(node) == 0 && _tree.Name(node) is "session" or "response" or "setup";

    private bool IsInsideGone(int node)
    {
        for (; node > 0; node = lists.ParentOf(node))
        {
            if (_gone.Contains(node))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>False where a choice names a tool that is gone, or demands one where none is left.</summary>
    private bool ChoicesStand(int node, HashSet<string> names, bool noneLeft)
    {
        foreach (var owner in _tree.Children(node).Where(child => _tree.Name(child) is "params" or "toolConfig" or "tool_config" or "requests" || IsSocketRequest(child)).Prepend(node))
        {
            if (owner != node && !ChoicesStand(owner, names, noneLeft))
            {
                return false;
            }

            foreach (var choice in _tree.Children(owner).Where(child => _tree.Name(child) is "tool_choice" or "toolChoice" or "function_call" or "functionCallingConfig" or "function_calling_config"))
            {
                if (Texts(choice).Any(text => names.Contains(text) || names.Contains(ToolEntry.Stem(text)) || (noneLeft && text is "required" or "any" or "ANY")))
                {
                    return false;
                }
            }
        }

        return !_tree.IsArray(node) || _tree.Children(node).All(child => ChoicesStand(child, names, noneLeft));
    }

    // Names stand in them as texts, at whatever depth; Bedrock says {"any":{}}.
    private IEnumerable<string> Texts(int node) => _tree.Kind(node) switch
    {
        JsonTokenType.String => [_tree.Text(node)!],
        JsonTokenType.StartObject => _tree.Children(node).SelectMany(child => _tree.IsObject(child) && _tree.IsEmpty(child) ? [_tree.Name(child)] : Texts(child)),
        JsonTokenType.StartArray => _tree.Children(node).SelectMany(Texts),
        _ => [],
    };
}
