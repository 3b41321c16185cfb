using System.Buffers;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>Why an event stream may not go on.</summary>
public enum EventStreamStop
{
    None = 0,

    /// <summary>A finding must block; <see cref="EventStreamJoiner.Blocked"/> tells which.</summary>
    Finding,

    /// <summary>One event is longer than <see cref="EventStreamJoiner.MaxEventBytes"/>.</summary>
    EventTooLong,

    /// <summary>More is open at once than is held back for it.</summary>
    TooMuchHeld,
}

/// <summary>
/// Masks in an event stream what several events spell together: a model's answer comes in pieces of a few letters, each a string in the JSON of its own
/// event. What lies in one string is left to the <see cref="StreamRedactor"/> behind, which sees every byte anyway.
/// <code>
///   data: {"delta":{"text":"key: Xk29"}}   ─┐
///                                           ├─► channel "key: Xk29fjwL…" ─► open end, or finding ─► edits of the strings that it spans
///   data: {"delta":{"text":"fjwL… ok"}}    ─┘
/// </code>
/// <list type="number">
/// <item>Cut the stream into events, byte for byte: server-sent ones, or JSON texts one behind the other or in one array.</item>
/// <item>Name the strings of an event that continue texts, each with its channel.</item>
/// <item>Only the end of a text that could still become a finding is held back; mostly there is none. A little before it is kept, for a name may stand
/// in one piece and its value in the next.</item>
/// <item>A finding's reference goes where its first byte stands; its other bytes are cut from the strings that follow.</item>
/// <item>An event leaves once no channel keeps any of it, and none before it waits.</item>
/// </list>
/// The result depends on the stream alone, not on how it is cut into chunks. Not safe for concurrent use.
/// </summary>
public sealed class EventStreamJoiner : IDisposable
{
    /// <summary>No provider sends larger events: images in them are a few megabytes.</summary>
    public const int MaxEventBytes = 10 * 1024 * 1024;

    /// <summary>Complete events that wait, the longest and what is around it.</summary>
    public const int MaxHeldBytes = 16 * 1024 * 1024;

    /// <summary>Texts that go on at once: choices, calls and their alternatives are some dozens.</summary>
    public const int MaxChannels = 1024;

    // A text that got nothing while so many events continued others has ended without saying so (Chat Completions, between content and calls).
    private const int MaxEventsWithoutPiece = 64;

    // As StreamRedactor: findings that overlap in an endless chain.
    private const int MinTextLimit = 256 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly RedactionPlan _plan;
    private readonly Action<Detection.Detection, FindingAction>? _onFinding;
    private readonly MaskedValue? _onMasked;
    private readonly int _textLimit;
    private readonly StreamWindow _window = new();
    private readonly EventData _data = new();
    private readonly WorkBudget _work = new();
    private readonly EventPieces _pieces = new();
    private readonly Dictionary<ulong, Channel> _texts = [];
    private readonly Stack<Channel> _spare = new();
    private readonly List<ulong> _closing = [];

    // Where the messages that are still here end; none in a stream of events.
    private readonly Queue<long> _messageEnds = new();
    private readonly List<Detection.Detection> _found = [];
    private readonly List<Detection.Detection> _foundAlone = [];
    private readonly HeldBytes _first = new();
    private StreamShape _shape;
    private EventFraming _framing;
    private JsonFraming _jsonFraming;

    // One JSON text that is longer than an event may be, and the first of its body: no stream. It passes; the redactor behind sees it.
    private bool _passes;
    private bool _hasEvents;
    private long _eventStart;
    private long _eventNumber;
    private SearchBudget _budget;

    // The piece whose findings by itself are known: where it is spelled. And up to which they were compared.
    private long _pieceAlone = -1;
    private int _comparedAlone;

    /// <param name="onFinding">Told of each finding once it is final, with the offset in the stream of the string byte that it begins with.</param>
    /// <param name="onMasked">Shown each value that is masked, after <paramref name="onFinding"/>.</param>
    /// <param name="isEventStream">False if nobody said what it is: events, JSON texts in a row or in an array, or anything else are told apart by their
    /// first bytes. What is anything else passes as it comes.</param>
    public EventStreamJoiner(
        DetectionSnapshot snapshot,
        RedactionPlan plan,
        Action<Detection.Detection, FindingAction>? onFinding = null,
        MaskedValue? onMasked = null,
        bool isEventStream = true)
    {
        _shape = isEventStream ? StreamShape.Events : StreamShape.Unknown;
        _onMasked = onMasked;
        _snapshot = snapshot;
        _plan = plan;
        _onFinding = onFinding;
        _textLimit = Math.Max(MinTextLimit, 4 * snapshot.LongestForm);
    }

    public EventStreamStop Stop { get; private set; }

    /// <summary>The finding that stopped the stream.</summary>
    public Detection.Detection? Blocked { get; private set; }

    /// <summary>Bytes that were taken in and have not left: the current event, and those that wait.</summary>
    public int HeldBack => (int)(_window.End - _window.Start) + _first.Length;

    /// <summary>Takes a chunk and appends the events that may leave. False once the stream must stop: no byte of what stopped it is written, now or later.</summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (Stop is not EventStreamStop.None)
        {
            return false;
        }

        if (_shape is StreamShape.Unknown)
        {
            LearnShape(ref chunk, output);
        }

        if (_shape is StreamShape.Plain)
        {
            output.Write(chunk);
            return true;
        }

        Cut(chunk);
        return EndOfCall(output);
    }

    /// <summary>
    /// Takes one whole event that needs no framing: a JSON text in a message of its own, as providers' WebSockets have them. Same answer as <see cref="Write"/>;
    /// what may leave is asked for with <see cref="TryTakeMessage"/>. A stream is written in one of the two ways.
    /// </summary>
    /// <param name="endsTexts">The texts of its indices end with it, as its frame says.</param>
    public bool WriteMessage(ReadOnlySpan<byte> json, bool endsTexts = false)
    {
        if (Stop is EventStreamStop.None)
        {
            _window.Append(json);
            _messageEnds.Enqueue(_window.End);
            if (json.Length > MaxEventBytes)
            {
                Stop = EventStreamStop.EventTooLong;
            }
            else
            {
                EndEvent(isMessage: true, endsTexts);
            }
        }

        return Goes();
    }

    /// <summary>No more messages will come: nothing is open any more. Same answer as <see cref="Write"/>.</summary>
    public bool CompleteMessages()
    {
        if (Stop is EventStreamStop.None)
        {
            CloseWhere(static (_, _) => true, 0UL);
        }

        return Goes();
    }

    /// <summary>Writes the oldest message that is still here, if it may leave.</summary>
    public bool TryTakeMessage(IBufferWriter<byte> output, out bool isChanged)
    {
        isChanged = false;
        if (Stop is not EventStreamStop.None || !_messageEnds.TryPeek(out var end) || end > SafeEnd())
        {
            return false;
        }

        _messageEnds.Dequeue();
        isChanged = _window.HasEditBefore(end);
        _window.Release(end, output);
        return true;
    }

    /// <summary>The stream has ended: its last event counts also without a blank line, and nothing is open any more. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Stop is not EventStreamStop.None)
        {
            return false;
        }

        if (_first.Length > 0)
        {
            output.Write(_first.Bytes); // too short to be anything
            _first.Dispose();
        }

        if (_window.End > _eventStart)
        {
            EndEvent(isMessage: _shape is StreamShape.Json);
        }

        CloseWhere(static (_, _) => true, 0UL);
        return EndOfCall(output);
    }

    public void Dispose()
    {
        foreach (var channel in _texts.Values)
        {
            channel.Dispose();
        }

        _texts.Clear();
        _data.Dispose();
        _first.Dispose();
        _window.Dispose();
    }

    /// <summary>Lets blanks and a byte order mark go, and looks at what follows until it tells what the stream is.</summary>
    private void LearnShape(ref ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty && _shape is StreamShape.Unknown)
        {
            var count = _first.Length == 0 ? Math.Max(0, chunk.IndexOfAnyExcept(" \t\r\n"u8)) : 0;
            output.Write(chunk[..count]);
            _first.Append(chunk.Slice(count, 1));
            chunk = chunk[(count + 1)..];
            if (StreamShapes.IsBlank(_first.Bytes))
            {
                output.Write(_first.Bytes);
                _first.Dispose();
            }
            else
            {
                _shape = StreamShapes.Of(_first.Bytes);
            }
        }

        if (_shape is StreamShape.Plain)
        {
            output.Write(_first.Bytes);
            _first.Dispose();
        }
        else if (_shape is not StreamShape.Unknown)
        {
            Cut(_first.Bytes);
            _first.Dispose();
        }
    }

    // :: Step 1
    private void Cut(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty && Stop is EventStreamStop.None)
        {
            var taken = _shape is StreamShape.Json ? _jsonFraming.Take(chunk, out var isEnd) : _framing.Take(chunk, out isEnd);
            _window.Append(chunk[..taken]);
            chunk = chunk[taken..];
            _passes |= _window.End - _eventStart > MaxEventBytes && _shape is StreamShape.Json && !_hasEvents;
            if (_passes)
            {
                _eventStart = _window.End;
                _passes = !isEnd;
                _hasEvents |= isEnd;
            }
            else if (_window.End - _eventStart > MaxEventBytes)
            {
                Stop = EventStreamStop.EventTooLong;
            }
            else if (isEnd)
            {
                EndEvent(isMessage: _shape is StreamShape.Json);
            }
        }
    }

    private void EndEvent(bool isMessage = false, bool endsTexts = false)
    {
        // :: Step 2
        var raw = _window.Bytes(_eventStart, _window.End);
        if (_shape is StreamShape.Json && (raw.IsEmpty || raw[0] != '{'))
        {
            EndOfEvent(); // what stands between JSON objects
            return;
        }

        _hasEvents = true;
        _pieces.Read(isMessage ? _data.ReadMessage(raw) : _data.Read(raw, isFirst: _eventStart == 0), endsTexts);
        if (_pieces.Found.Length > 0)
        {
            _eventNumber++;
        }

        foreach (var piece in _pieces.Found)
        {
            var start = _data.RawOffset(piece.Start);
            var place = new PiecePlace(_eventStart, _eventStart + start, piece.Length, 0, 0);
            if (piece.IsEscaped)
            {
                AppendUnescaped(piece, raw.Slice(start, piece.Length), place);
            }
            else
            {
                Append(piece, raw.Slice(start, piece.Length), place);
            }

            if (Stop is not EventStreamStop.None)
            {
                break;
            }
        }

        _data.Dispose();
        CloseWhere(static (channel, number) => (ulong)channel.LastEvent < number, (ulong)Math.Max(0, _eventNumber - MaxEventsWithoutPiece));
        if (_pieces.Ends)
        {
            EndTexts(_pieces.EndScope);
        }

        EndOfEvent();
        _pieces.Trim();
    }

    private void EndOfEvent()
    {
        if (Stop is EventStreamStop.None)
        {
            _eventStart = _window.End;
            Stop = _window.End - SafeEnd() > MaxHeldBytes ? EventStreamStop.TooMuchHeld : EventStreamStop.None;
        }
    }

    private void AppendUnescaped(in Piece piece, ReadOnlySpan<byte> raw, in PiecePlace place)
    {
        var text = TrafficBuffers.Rent(raw.Length);
        var length = PieceText.Decode(raw, text);
        Append(piece, text.AsSpan(0, length), place);
        TrafficBuffers.Return(text, raw.Length);
    }

    // :: Step 3
    private void Append(in Piece piece, ReadOnlySpan<byte> text, in PiecePlace place)
    {
        if (!_texts.TryGetValue(piece.Channel, out var channel))
        {
            if (_texts.Count == MaxChannels)
            {
                CloseWhere(static (channel, _) => !channel.IsOpen, 0UL);
            }

            if (_texts.Count == MaxChannels)
            {
                Stop = EventStreamStop.TooMuchHeld;
                return;
            }

            channel = _spare.TryPop(out var spare) ? spare : new Channel();
            channel.Begin(piece.Scope);
            _texts.Add(piece.Channel, channel);
        }

        channel.Append(text, _eventNumber, place);
        if (channel.Text.Length >= channel.NextSearch)
        {
            Settle(piece.Channel, channel, isLast: false);
        }
    }

    /// <summary>Acts on what is final in a channel and keeps what is open, and before it what may say what the rest is.</summary>
    private void Settle(ulong key, Channel channel, bool isLast)
    {
        var text = channel.Text;
        _pieceAlone = -1;
        var settled = _snapshot.Search(text, channel.Settled, text.Length, isLast, _found, _work);
        foreach (var detection in _found)
        {
            var (start, end) = ((int)detection.Start, (int)detection.End);
            var mayGrow = Base64Quads.MayGrow(text, detection.Form, detection.Alignment, start, end);
            Base64Quads.Widen(text, detection.Form, detection.Alignment, ref start, ref end);
            if (!isLast && (mayGrow || end > settled))
            {
                settled = Math.Max(channel.Settled, Math.Min(settled, start));
                break;
            }

            if (!Act(channel, detection))
            {
                return;
            }
        }

        if (isLast)
        {
            _texts.Remove(key);
            channel.Dispose();
            _spare.Push(channel);
            return;
        }

        channel.Settle(settled, _snapshot.Context);
        channel.NextSearch = _budget.NextSearch(channel.Text.Length, channel.Text.Length - channel.Settled, _window.End);
        Stop = channel.Text.Length > _textLimit ? EventStreamStop.TooMuchHeld : Stop;
    }

    // :: Step 4
    private bool Act(Channel channel, in Detection.Detection detection)
    {
        var action = detection.ActionUnder(_plan);
        var (textStart, textEnd) = ((int)detection.Start, (int)detection.End);
        var (first, last) = (PieceAt(channel, textStart), PieceAt(channel, textEnd - 1));
        if (first == last && IsSeenAlone(channel, channel.Pieces[first], detection, action))
        {
            return true; // The redactor's.
        }

        var inStream = detection with { Start = RangeIn(channel.Pieces[first], textStart, textEnd).Start };
        if (action is FindingAction.Block)
        {
            (Stop, Blocked) = (EventStreamStop.Finding, inStream);
        }

        _onFinding?.Invoke(inStream, action);
        if (action is FindingAction.Mask && detection.Kind is not FindingKind.Reference)
        {
            _onMasked?.Invoke(inStream, channel.Text[textStart..textEnd]);
            Replace(channel, detection);
        }

        return Stop is EventStreamStop.None;
    }

    /// <summary>True unless only what stands in earlier pieces says that this is a finding, or one to be treated so: a name before its value.</summary>
    private bool IsSeenAlone(Channel channel, in PiecePlace piece, in Detection.Detection detection, FindingAction action)
    {
        if (detection.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Reference || piece.TextStart < 0)
        {
            return true;
        }

        if (_pieceAlone != piece.RawStart)
        {
            (_pieceAlone, _comparedAlone) = (piece.RawStart, 0);
            _snapshot.Find(channel.Text.Slice(piece.TextStart, piece.TextLength), _foundAlone);
        }

        var (start, end) = (detection.Start - piece.TextStart, detection.End - piece.TextStart);
        while (_comparedAlone < _foundAlone.Count && _foundAlone[_comparedAlone].End < end)
        {
            _comparedAlone++; // both are in order
        }

        return _comparedAlone < _foundAlone.Count && _foundAlone[_comparedAlone].Start <= start && _foundAlone[_comparedAlone].ActionUnder(_plan) <= action;
    }

    /// <summary>A reference, its hex and its base64 need no escape in a JSON string.</summary>
    private void Replace(Channel channel, in Detection.Detection detection)
    {
        var replacement = Splice.ReplacementFor(channel.Text, detection, out var textStart, out var length);
        var textEnd = textStart + length;
        for (var i = PieceAt(channel, textStart); i < channel.Pieces.Count && channel.Pieces[i].TextStart < textEnd; i++)
        {
            var (start, end) = RangeIn(channel.Pieces[i], textStart, textEnd);
            _window.Edit(start, (int)(end - start), replacement);
            replacement = default;
        }
    }

    private static int PieceAt(Channel channel, int position)
    {
        var at = channel.Pieces.Count - 1;
        while (channel.Pieces[at].TextStart > position)
        {
            at--;
        }

        return at;
    }

    /// <summary>Where in the stream the part of [<paramref name="textStart"/>, <paramref name="textEnd"/>) that is in <paramref name="piece"/> is spelled.</summary>
    private (long Start, long End) RangeIn(in PiecePlace piece, int textStart, int textEnd)
    {
        var raw = _window.Bytes(piece.RawStart, piece.RawStart + piece.RawLength);
        var (start, end) = PieceText.RawRange(
            raw, Math.Max(0, textStart - piece.TextStart), Math.Min(piece.TextLength, textEnd - piece.TextStart));
        return (piece.RawStart + start, piece.RawStart + end);
    }

    private void EndTexts(ulong? scope)
    {
        if (scope is { } one)
        {
            CloseWhere(static (channel, ended) => channel.Scope == ended, one);
        }
        else
        {
            CloseWhere(static (_, _) => true, 0UL);
        }
    }

    private void CloseWhere(Func<Channel, ulong, bool> isOver, ulong argument)
    {
        foreach (var (key, channel) in _texts)
        {
            if (isOver(channel, argument))
            {
                _closing.Add(key);
            }
        }

        foreach (var key in _closing)
        {
            if (Stop is EventStreamStop.None)
            {
                Settle(key, _texts[key], isLast: true);
            }
        }

        _closing.Clear();
    }

    // :: Step 5
    private bool EndOfCall(IBufferWriter<byte> output)
    {
        _window.Release(SafeEnd(), output);
        return Goes();
    }

    private bool Goes()
    {
        if (Stop is EventStreamStop.None)
        {
            return true;
        }

        Dispose();
        return false;
    }

    /// <summary>Where the first event begins that may not leave yet.</summary>
    private long SafeEnd()
    {
        var end = Math.Max(_eventStart, _window.Start);
        foreach (var channel in _texts.Values)
        {
            end = channel.IsOpen ? Math.Min(end, channel.FirstEventStart) : end;
        }

        return end;
    }
}
