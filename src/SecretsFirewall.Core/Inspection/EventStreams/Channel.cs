using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// One text that arrives in pieces: the end of it that could still become a finding, and a little before that.
/// </summary>
internal sealed class Channel : IDisposable
{
    private readonly HeldBytes _text = new();
    private readonly List<PiecePlace> _pieces = [];

    /// <summary>Which texts end together: the indices of the event around it.</summary>
    public ulong Scope { get; private set; }

    /// <summary>The number of the event that brought its last piece.</summary>
    public long LastEvent { get; private set; }

    /// <summary>How much of <see cref="Text"/> is settled, and kept only for what it says about the rest.</summary>
    public int Settled { get; private set; }

    /// <summary>How long <see cref="Text"/> must be before it is searched again.</summary>
    public int NextSearch { get; set; }

    public ReadOnlySpan<byte> Text => _text.Bytes;

    /// <summary>True if some of it is not settled.</summary>
    public bool IsOpen => _text.Length > Settled;

    /// <summary>Those that are not settled, or not to their end.</summary>
    public IReadOnlyList<PiecePlace> Pieces => _pieces;

    /// <summary>Where the first event begins that must wait for this text. Only while it is open.</summary>
    public long FirstEventStart => _pieces[0].EventStart;

    public void Begin(ulong scope) => Scope = scope;

    public void Append(ReadOnlySpan<byte> text, long eventNumber, in PiecePlace place)
    {
        _pieces.Add(place with { TextStart = _text.Length, TextLength = text.Length });
        _text.Append(text);
        LastEvent = eventNumber;
    }

    /// <summary>Notes how far the text is settled, and forgets all of that but its last <paramref name="context"/> bytes.</summary>
    public void Settle(int settled, int context)
    {
        var forgotten = Math.Max(0, settled - context);
        _text.Drop(forgotten);
        _text.Trim();
        Settled = settled - forgotten;
        var ended = 0;
        while (ended < _pieces.Count && _pieces[ended].TextStart + _pieces[ended].TextLength <= settled)
        {
            ended++;
        }

        _pieces.RemoveRange(0, ended);
        for (var i = 0; i < _pieces.Count; i++)
        {
            _pieces[i] = _pieces[i] with { TextStart = _pieces[i].TextStart - forgotten };
        }
    }

    public void Dispose()
    {
        _text.Dispose();
        _pieces.Clear();
        (Settled, NextSearch) = (0, 0);
    }
}

/// <summary>One string of one event.</summary>
/// <param name="EventStart">Where its event begins in the stream.</param>
/// <param name="RawStart">Where its spelling begins in the stream, behind the quote.</param>
/// <param name="TextStart">Where its text begins in the channel's; negative if its beginning is forgotten.</param>
internal readonly record struct PiecePlace(long EventStart, long RawStart, int RawLength, int TextStart, int TextLength);
