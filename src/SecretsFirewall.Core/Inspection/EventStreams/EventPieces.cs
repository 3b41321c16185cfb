using System.Runtime.InteropServices;
using System.Text.Json;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// The strings of one event that continue texts, each with its channel: the event's type, the names on the way to the string, and the indices of the
/// objects on that way (an object's place in its array where it has none). Indices may stand behind what they belong to, so channels are named last.
/// A text that is not a JSON object has no pieces; one that breaks off has those before.
/// </summary>
internal sealed class EventPieces
{
    // As JsonBody: no API comes near.
    private const int MaxDepth = 128;

    // Pieces and frames of an ordinary event; what a large one needed is given back.
    private const int IdleCapacity = 256;

    private static readonly ulong DeltaName = PieceNames.Hash("delta"u8);

    private static readonly ulong BlockDeltaType = PieceNames.Hash("content_block_delta"u8);

    private readonly List<Frame> _frames = [];
    private readonly List<Piece> _pieces = [];
    private ulong _type;
    private bool _isDeltaType;

    public ReadOnlySpan<Piece> Found => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>Texts end with this event: those of <see cref="EndScope"/>, or all if it is null.</summary>
    public bool Ends { get; private set; }

    public ulong? EndScope { get; private set; }

    /// <param name="ends">Texts end with this event, whatever it says itself: its framing said so.</param>
    public void Read(ReadOnlySpan<byte> data, bool ends = false)
    {
        (_type, _isDeltaType, Ends, EndScope) = (0, false, ends, null);
        _frames.Clear();
        _pieces.Clear();
        var first = data.IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0 || data[first] != '{')
        {
            Ends |= data.SequenceEqual("[DONE]"u8);
            return;
        }

        var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            Walk(ref reader);
        }
        catch (JsonException)
        {
            // What was read of it counts: the redactor behind sees the rest of the event as text.
        }

        NameChannels();
    }

    public void Trim()
    {
        _frames.Clear();
        _pieces.Clear();
        if (_frames.Capacity > IdleCapacity || _pieces.Capacity > IdleCapacity)
        {
            _frames.TrimExcess();
            _pieces.TrimExcess();
        }
    }

    private void Walk(ref Utf8JsonReader reader)
    {
        var frame = -1;
        var name = ReadOnlySpan<byte>.Empty;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.ValueSpan;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    frame = Open(frame, name, reader.TokenType == JsonTokenType.StartArray);
                    name = [];
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    frame = _frames[frame].Parent;
                    break;
                case JsonTokenType.String:
                    TakeString(ref reader, frame, name);
                    break;
                case JsonTokenType.True or JsonTokenType.False when frame == 0 && PieceNames.IsDone(name):
                    _isDeltaType = true;
                    Ends |= reader.TokenType is JsonTokenType.True;
                    break;
                case JsonTokenType.Number when !_frames[frame].IsArray && PieceNames.IsIndex(name):
                    // Commutative: members have no order.
                    var index = PieceNames.Mix(PieceNames.Hash(name), PieceNames.Hash(reader.ValueSpan));
                    _frames[frame] = _frames[frame] with { Indices = _frames[frame].Indices + index, HasIndex = true };
                    break;
            }
        }
    }

    private int Open(int parent, ReadOnlySpan<byte> name, bool isArray)
    {
        var around = parent < 0 ? default : _frames[parent];
        if (around.IsArray)
        {
            _frames[parent] = around with { Count = around.Count + 1 };
        }

        _frames.Add(new Frame(parent, PieceNames.IsDelta(name) ? DeltaName : PieceNames.Hash(name), isArray)
        {
            HoldsPieces = around.HoldsPieces || PieceNames.HoldsPieces(name),
            IsSequence = isArray && PieceNames.IsSequence(name),
            IsLabel = around.IsLabel || (around.HoldsPieces && PieceNames.IsLabel(name)),
            Position = around.IsArray && !around.IsSequence ? around.Count : 0,
        });
        return _frames.Count - 1;
    }

    private void TakeString(ref Utf8JsonReader reader, int frame, ReadOnlySpan<byte> name)
    {
        var isMember = !_frames[frame].IsArray;
        var value = reader.ValueSpan;
        if (frame == 0 && isMember && (name.SequenceEqual("type"u8) || name.SequenceEqual("event_type"u8)))
        {
            _isDeltaType |= PieceNames.IsDeltaType(value);
            Ends |= PieceNames.IsEndType(value);
            _type = value.SequenceEqual("content_block_start"u8) ? BlockDeltaType : PieceNames.Hash(value);
        }
        else if (!value.IsEmpty && !_frames[frame].IsLabel && !(isMember && PieceNames.IsLabel(name)))
        {
            var isPiece = _frames[frame].HoldsPieces || (isMember && PieceNames.HoldsPieces(name));
            _pieces.Add(new Piece((int)reader.TokenStartIndex + 1, value.Length, reader.ValueIsEscaped)
            {
                Frame = frame,
                Channel = isMember ? PieceNames.Hash(name) : 0,
                IsPiece = isPiece,
            });
        }
    }

    private void NameChannels()
    {
        var written = 0;
        for (var i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            if (piece.IsPiece || _isDeltaType)
            {
                var channel = PieceNames.Mix(_type, piece.Channel);
                for (var at = piece.Frame; at >= 0; at = _frames[at].Parent)
                {
                    var frame = _frames[at];
                    channel = PieceNames.Mix(channel, frame.Name);
                    channel = PieceNames.Mix(channel, frame.HasIndex ? frame.Indices : (ulong)frame.Position);
                }

                _pieces[written++] = piece with { Channel = channel, Scope = _frames[0].Indices };
            }
        }

        _pieces.RemoveRange(written, _pieces.Count - written);
        EndScope = Ends && _frames.Count > 0 && _frames[0].HasIndex ? _frames[0].Indices : null;
    }

    /// <summary>An object or array, and the sum of its own indices.</summary>
    private readonly record struct Frame(int Parent, ulong Name, bool IsArray)
    {
        public ulong Indices { get; init; }

        public bool HasIndex { get; init; }

        public bool HoldsPieces { get; init; }

        public bool IsSequence { get; init; }

        public bool IsLabel { get; init; }

        public int Position { get; init; }

        public int Count { get; init; }
    }
}

/// <summary>One string of an event's data.</summary>
/// <param name="Start">In the data, behind the quote.</param>
internal readonly record struct Piece(int Start, int Length, bool IsEscaped)
{
    public int Frame { get; init; }

    public ulong Channel { get; init; }

    public ulong Scope { get; init; }

    public bool IsPiece { get; init; }
}
