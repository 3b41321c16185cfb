using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Replacements of parts of one JSON text; what they do not touch stays byte for byte.</summary>
internal sealed class JsonEdits
{
    private readonly List<(int Start, int End, byte[] With)> _edits = [];

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(JsonTree tree, int node, byte[] with) => _edits.Add((tree.Start(node), tree.End(node), with));

    public void Insert(int at, byte[] text) => _edits.Add((at, at, text));

    /// <summary>Takes children out of an object or array, with the commas that go with them.</summary>
    /// <returns>True if none is left.</returns>
    public bool Remove(JsonTree tree, int container, Func<int, bool> isRemoved)
    {
        var children = tree.Children(container).ToList();
        var lastKept = children.FindLastIndex(child => !isRemoved(child));
        for (var i = 0; i < lastKept; i++)
        {
            if (isRemoved(children[i]))
            {
                _edits.Add((tree.MemberStart(children[i]), tree.MemberStart(children[i + 1]), []));
            }
        }

        if (lastKept < children.Count - 1)
        {
            var start = lastKept < 0 ? tree.MemberStart(children[0]) : tree.End(children[lastKept]);
            _edits.Add((start, tree.End(children[^1]), []));
        }

        return lastKept < 0;
    }

    public void Apply(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        var at = 0;
        foreach (var (start, end, with) in _edits.OrderBy(static edit => (edit.Start, edit.End)))
        {
            output.Write(json[at..start]);
            output.Write(with);
            at = end;
        }

        output.Write(json[at..]);
    }
}
