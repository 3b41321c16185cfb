using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Fragments;

/// <summary>What several strings spell together, run after run, and where each byte of it stands in the body.</summary>
internal sealed class JoinedText : IDisposable
{
    private readonly HeldBytes _text = new();
    private readonly List<Piece> _pieces = [];

    public ReadOnlySpan<byte> Text => _text.Bytes;

    /// <summary>Adds the decoded form of a part of a string.</summary>
    /// <param name="isSeam">It goes on what was added before. Otherwise a line ends between them.</param>
    public void Add(ReadOnlySpan<byte> json, int start, int length, bool isEscaped, bool isSeam)
    {
        if (!isSeam && _text.Length > 0)
        {
            _text.Append("\n"u8);
        }

        var raw = json.Slice(start, length);
        var at = _text.Length;
        if (isEscaped)
        {
            var decoded = TrafficBuffers.Rent(raw.Length);
            _text.Append(decoded.AsSpan(0, PieceText.Decode(raw, decoded)));
            TrafficBuffers.Return(decoded, raw.Length);
        }
        else
        {
            _text.Append(raw);
        }

        _pieces.Add(new Piece(at, _text.Length - at, start, length, isEscaped, isSeam));
    }

    /// <summary>Where the parts of a range stand in the body; empty if it lies in one string.</summary>
    public List<(int Start, int End)> PartsAcross(ReadOnlySpan<byte> json, int start, int end)
    {
        var parts = new List<(int, int)>();
        for (var i = IndexOf(start); i < _pieces.Count && _pieces[i].Start < end; i++)
        {
            var piece = _pieces[i];
            var (from, to) = (Math.Max(0, start - piece.Start), Math.Min(piece.Length, end - piece.Start));
            if (parts.Count > 0 && !piece.IsSeam)
            {
                return [];
            }

            if (from < to)
            {
                var (rawFrom, rawTo) = piece.IsEscaped ? PieceText.RawRange(json.Slice(piece.RawStart, piece.RawLength), from, to) : (from, to);
                parts.Add((piece.RawStart + rawFrom, piece.RawStart + rawTo));
            }
        }

        return parts.Count > 1 ? parts : [];
    }

    public void Clear()
    {
        _pieces.Clear();
        _text.Drop(_text.Length);
    }

    public void Dispose() => _text.Dispose();

    /// <summary>The last piece that begins at or before a position.</summary>
    private int IndexOf(int position)
    {
        var (low, high) = (0, _pieces.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _pieces[middle].Start <= position ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private readonly record struct Piece(int Start, int Length, int RawStart, int RawLength, bool IsEscaped, bool IsSeam);
}
