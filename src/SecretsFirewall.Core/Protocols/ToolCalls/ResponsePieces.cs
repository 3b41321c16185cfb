using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>A text of an item that comes in events of its own, beside the arguments: one command of a shell call, or the diff of a patch.</summary>
internal sealed class ResponsePieces
{
    private readonly StringBuilder _pieces = new();
    private string? _ended;

    /// <summary>One more piece. False behind the end.</summary>
    public bool Continue(string? piece)
    {
        _pieces.Append(piece);
        return piece is not null && _ended is null;
    }

    /// <summary>All of it at once. False if it was said before.</summary>
    public bool End(string? all) => _ended is null && (_ended = all) is not null;

    /// <summary>Whether the item says the same.</summary>
    public bool Agrees(string? whole) => (_pieces.Length == 0 || _pieces.ToString() == whole) && (_ended is null || _ended == whole);
}
