using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// One text that arrives in pieces, and only the end of it that could still become a finding. A text with no such end has no channel.
/// </summary>
internal sealed class Channel : IDisposable
{
    private readonly HeldBytes _text = new();
    private readonly List<PiecePlace> _pieces = [];

    /// <summary>Which texts end together: the indices of the event around it.</summary>
    public ulong Scope { get; private set; }

    /// <summary>The number of the event that brought its last piece.</summary>
    public long LastEvent { get; private set; }

    /// <summary>Where in <see cref="Text"/> something is open.</summary>
    public int OpenAt { get; set; }

    public ReadOnlySpan<byte> Text => _text.Bytes;

    public IReadOnlyList<PiecePlace> Pieces => _pieces;

    /// <summary>Where the first event begins that must wait for this text.</summary>
    public long FirstEventStart => _pieces[0].EventStart;

    public void Begin(ulong scope) => Scope = scope;

    /// <param name="from">What is before this in <paramref name="text"/> is settled.</param>
    public void Append(ReadOnlySpan<byte> text, int from, long eventNumber, in PiecePlace place)
    {
        _pieces.Add(place with { TextStart = _text.Length - from });
        _text.Append(text[from..]);
        LastEvent = eventNumber;
    }

    /// <summary>Forgets the first <paramref name="count"/> bytes, and the pieces that they end.</summary>
    public void Drop(int count)
    {
        _text.Drop(count);
        var ended = 0;
        while (ended < _pieces.Count && _pieces[ended].TextStart + _pieces[ended].TextLength <= count)
        {
            ended++;
        }

        _pieces.RemoveRange(0, ended);
        for (var i = 0; i < _pieces.Count; i++)
        {
            _pieces[i] = _pieces[i] with { TextStart = _pieces[i].TextStart - count };
        }
    }

    public void Dispose()
    {
        _text.Dispose();
        _pieces.Clear();
    }
}

/// <summary>One string of one event.</summary>
/// <param name="EventStart">Where its event begins in the stream.</param>
/// <param name="RawStart">Where its spelling begins in the stream, behind the quote.</param>
/// <param name="TextStart">Where its text begins in the channel's; negative if its beginning is settled.</param>
internal readonly record struct PiecePlace(long EventStart, long RawStart, int RawLength, int TextStart, int TextLength);
