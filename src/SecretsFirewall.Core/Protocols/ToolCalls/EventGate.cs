using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The gate on an event stream. Whose stream it is its first event says, whatever the path was: what a client runs it finds by shape.
/// <code>
///   bytes ─► events ─► reader ─┬─ nothing open ─────────────────────► leave at once, as they came
///                              └─ a call is open: they wait ─ decided ─► as they came, or words in its place
/// </code>
/// </summary>
/// <param name="isLabelled">The answer says that it is an event stream; otherwise it may be any text without events.</param>
internal sealed class EventGate(CallDecider decider, string decisionId, bool isLabelled, int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private readonly List<StreamEvent> _held = [];
    private TrafficBytes _event = new();
    private EventCutter _cutter;
    private EventReader? _reader;
    private long _heldBytes;
    private bool _hadEvent;
    private bool _isDone;

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var taken = _cutter.Take(chunk, out var isEnd);
            if (_heldBytes + _event.Count + taken > MaxHeldBytes)
            {
                return ToolGateStop.TooMuchHeld;
            }

            _event.Append(chunk[..taken]);
            chunk = chunk[taken..];
            if (isEnd && TakeEvent(output) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return ToolGateStop.None;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output)
    {
        // Clients differ in whether the last event counts without its blank line.
        if (_event.Count > 0 && TakeEvent(output) is not ToolGateStop.None and var stop)
        {
            return stop;
        }

        if (_reader is not null && !_reader.End(_held))
        {
            return _reader.Stop;
        }

        Release(output);
        return ToolGateStop.None;
    }

    public override void Dispose()
    {
        _event.Dispose();
        _held.ForEach(static one => one.Dispose());
        _held.Clear();
    }

    private ToolGateStop TakeEvent(IBufferWriter<byte> output)
    {
        var raw = _event;
        _event = new TrafficBytes();
        if (StreamEvent.Read(raw, isFirst: !_hadEvent) is not { } current)
        {
            return ToolGateStop.NotStrictJson;
        }

        _hadEvent = true;
        _held.Add(current);
        _heldBytes += current.Length;
        if (current.HasUnknownField && (isLabelled || _reader is not null || !current.Data.IsEmpty))
        {
            return ToolGateStop.UnknownShape;
        }

        if (!current.Data.Span.Trim(" \t\r\n"u8).IsEmpty && Judge(current) is not ToolGateStop.None and var stop)
        {
            return stop;
        }

        if (_reader is not { IsHolding: true })
        {
            Release(output);
        }

        return ToolGateStop.None;
    }

    private ToolGateStop Judge(StreamEvent current)
    {
        if (current.Data.Span.SequenceEqual("[DONE]"u8))
        {
            _isDone = true;
            return _reader is null || _reader.End(_held) ? ToolGateStop.None : _reader.Stop;
        }

        if (_isDone)
        {
            return ToolGateStop.Contradiction;
        }

        current.Tree = JsonTree.Read(current.Data);
        if (current.Tree is not { } tree || !tree.IsObject(0))
        {
            return ToolGateStop.NotStrictJson;
        }

        var type = tree.Text(tree.Find(0, "type"u8));
        if (current.Name is { } name && type is not null && name != type)
        {
            return ToolGateStop.EventName;
        }

        _reader ??= ReaderFor(tree, type);
        return _reader is null ? ToolGateStop.UnknownShape : _reader.Take(current, _held) ? ToolGateStop.None : _reader.Stop;
    }

    private EventReader? ReaderFor(JsonTree tree, string? type) =>
        tree.IsArray(tree.Find(0, "choices"u8)) ? new ChatReader(decider)
        : type is not null && MessagesReader.IsType(type) ? new MessagesReader(decider)
        : type is "keepalive" || (type is not null && ResponsesReader.IsType(type)) ? new ResponsesReader(decider, decisionId)
        : CandidatesBody.IsOne(tree, 0) ? new CandidatesReader(decider)
        : type is "error" || tree.IsObject(tree.Find(0, "error"u8)) ? new FailedReader()
        : null;

    private void Release(IBufferWriter<byte> output)
    {
        foreach (var one in _held)
        {
            _reader?.Release(one);
            one.Write(output);
            one.Dispose();
        }

        _held.Clear();
        _heldBytes = 0;
    }
}
