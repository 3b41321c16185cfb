using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>A call of a Chat Completions stream, put together from its deltas.</summary>
internal sealed class ChatCall(JsonTree tree, int entry, bool isLegacy)
{
    private readonly StringBuilder _pieces = new();
    private string? _object;

    public bool IsLegacy => isLegacy;

    public bool IsCustom { get; private set; }

    public string Name { get; private set; } = "";

    public string Id { get; } = tree.Text(tree.Find(entry, "id"u8)) ?? "";

    /// <summary>What stands in its place; null where it passes.</summary>
    public string? Withheld { get; set; }

    /// <summary>Free text as it is; null where JSON is needed and it is none.</summary>
    public string? Arguments => _object ?? (IsCustom ? _pieces.ToString() : ToolArguments.OfText(_pieces.ToString()));

    /// <summary>Takes a delta; the first one names the tool. False where it contradicts what came before.</summary>
    public bool Take(JsonTree tree, int entry, bool isFirst)
    {
        var function = isLegacy ? entry : tree.Find(entry, "function"u8);
        var custom = isLegacy ? JsonTree.None : tree.Find(entry, "custom"u8);
        var (name, pieces) = tree.IsNothing(custom) ? (tree.Find(function, "name"u8), tree.Find(function, "arguments"u8))
            : (tree.Find(custom, "name"u8), tree.Find(custom, "input"u8));
        if (isFirst)
        {
            IsCustom = !tree.IsNothing(custom);
            Name = tree.Text(name) ?? "";
        }

        // Some clients take a later name instead of the first, others put both together.
        var isSame = isFirst ? Name.Length > 0 : string.IsNullOrEmpty(tree.Text(name)) && (tree.IsNothing(name) || tree.IsString(name));
        return isSame
            && (tree.IsNothing(function) || !IsCustom)
            && (tree.IsNothing(custom) || IsCustom)
            && IsType(tree, tree.Find(entry, "type"u8))
            && (isFirst || tree.Text(tree.Find(entry, "id"u8)) is not { Length: > 0 } id || id == Id)
            && TakePieces(tree, pieces);
    }

    private bool IsType(JsonTree tree, int type) => tree.IsNothing(type) || tree.Text(type) is "" || tree.TextIs(type, IsCustom ? "custom" : "function");

    // A string in pieces, or an object at once (Mistral).
    private bool TakePieces(JsonTree tree, int pieces)
    {
        if (tree.IsNothing(pieces))
        {
            return true;
        }

        if (tree.IsObject(pieces) && !IsCustom && _object is null && _pieces.Length == 0)
        {
            _object = ToolArguments.OfJson(tree.Raw(pieces).ToArray());
            return _object is not null;
        }

        if (tree.Text(pieces) is not { } text || (_object is not null && text.Length > 0))
        {
            return false;
        }

        _pieces.Append(text);
        return true;
    }
}
