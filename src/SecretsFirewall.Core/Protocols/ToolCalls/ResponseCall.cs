using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>An output item of a Responses stream. It is said up to three times, and clients differ in which of them they believe.</summary>
internal sealed class ResponseCall(string type, StreamEvent first, JsonTree tree, int item)
{
    private readonly string? _name = tree.Text(tree.Find(item, "name"u8));
    private readonly string? _space = tree.Text(tree.Find(item, "namespace"u8));
    private readonly string? _callId = tree.Text(tree.Find(item, "call_id"u8));
    private readonly string _begun = Words(tree, item) ?? "";
    private readonly StringBuilder _pieces = new();
    private readonly Dictionary<int, ResponsePieces> _parts = [];
    private string? _ended;

    public string Type => type;

    public bool IsCall => ResponseItems.IsCall(type);

    public bool IsDone { get; private set; }

    public StreamEvent First => first;

    public string? Id { get; } = tree.Text(tree.Find(item, "id"u8));

    public string Tool { get; private set; } = "";

    public string? Arguments { get; private set; }

    /// <summary>What stands in its place; null where it passes.</summary>
    public string? Withheld { get; set; }

    /// <summary>A piece of the arguments. False where the item has none of this kind.</summary>
    public bool Continue(string ofType, string? piece)
    {
        _pieces.Append(piece);
        return piece is not null && IsOpen(ofType);
    }

    /// <summary>All of the arguments at once.</summary>
    public bool EndArguments(string ofType, string? all, string? name)
    {
        var isFirst = _ended is null;
        _ended = all;
        return all is not null && isFirst && IsOpen(ofType) && (name is null || name == _name);
    }

    /// <summary>One of the texts beside the arguments; null where the item has none of this kind.</summary>
    public ResponsePieces? Part(string ofType, int index)
    {
        if (!IsOpen(ofType))
        {
            return null;
        }

        return _parts.TryGetValue(index, out var part) ? part : _parts[index] = new ResponsePieces();
    }

    /// <summary>The whole item. False where it is another one than its pieces said.</summary>
    public bool End(JsonTree tree, int item)
    {
        if (IsDone || tree.Text(tree.Find(item, "type"u8)) != type || !IsSame(tree, item))
        {
            return false;
        }

        IsDone = true;
        if (!IsCall)
        {
            return true;
        }

        if (ResponseItems.Read(tree, item) is not var (tool, arguments))
        {
            return false;
        }

        (Tool, Arguments) = (tool, arguments);
        if (_parts.Any(part => !part.Value.Agrees(ResponseItems.Part(tree, item, part.Key))))
        {
            return false;
        }

        return Words(tree, item) is not { } whole || (Agrees(_begun, whole) && Agrees(_pieces.ToString(), whole) && (_ended is null || _ended == whole));
    }

    /// <summary>The item again, at the end of the stream.</summary>
    public bool IsRepeated(JsonTree tree, int item) =>
        IsDone && tree.Text(tree.Find(item, "type"u8)) == type
        && (!IsCall || (IsSame(tree, item) && ResponseItems.Read(tree, item) is var (tool, arguments) && tool == Tool
            && (arguments == Arguments || (type is not "custom_tool_call" && ToolArguments.AreEqual(arguments, Arguments)))));

    private bool IsOpen(string ofType) => !IsDone && type == ofType;

    private bool IsSame(JsonTree tree, int item) =>
        !IsCall
        || (tree.Text(tree.Find(item, "name"u8)) == _name && tree.Text(tree.Find(item, "namespace"u8)) == _space
            && tree.Text(tree.Find(item, "call_id"u8)) == _callId && tree.Text(tree.Find(item, "id"u8)) == Id);

    private static string? Words(JsonTree tree, int item) => tree.Text(tree.Find(item, "arguments"u8)) ?? tree.Text(tree.Find(item, "input"u8));

    private static bool Agrees(string piece, string whole) => piece.Length == 0 || piece == whole;
}
