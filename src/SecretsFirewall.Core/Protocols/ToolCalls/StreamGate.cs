using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The gate on an answer in events, whatever frames them. Whose stream it is its first event says, whatever the path was: what a client runs it finds by shape.
/// <code>
///   bytes ─► events ─► reader ─┬─ nothing open ─────────────────────► leave at once, as they came
///                              └─ a call is open: they wait ─ decided ─► as they came, or words in its place
/// </code>
/// </summary>
internal abstract class StreamGate(CallDecider decider, string decisionId, int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private readonly List<StreamEvent> _held = [];
    private EventReader? _reader;
    private bool _isDone;

    protected CallDecider Decider => decider;

    protected string DecisionId => decisionId;

    /// <summary>Of the events that wait.</summary>
    protected long HeldBytes { get; private set; }

    protected bool KnowsReader => _reader is not null;

    public override void Dispose()
    {
        _held.ForEach(static one => one.Dispose());
        _held.Clear();
    }

    /// <summary>Takes an event, which is disposed of when it has left, and lets go of what need not wait.</summary>
    protected ToolGateStop TakeEvent(StreamEvent current, IBufferWriter<byte> output)
    {
        _held.Add(current);
        HeldBytes += current.Length;
        if ((current.IsFailure || !current.Data.Span.Trim(" \t\r\n"u8).IsEmpty) && Judge(current) is not ToolGateStop.None and var stop)
        {
            return stop;
        }

        if (_reader is not { IsHolding: true })
        {
            Release(output);
        }

        return ToolGateStop.None;
    }

    /// <summary>The stream has ended.</summary>
    protected ToolGateStop End(IBufferWriter<byte> output)
    {
        if (_reader is not null && !_reader.End(_held))
        {
            return _reader.Stop;
        }

        Release(output);
        return ToolGateStop.None;
    }

    /// <summary>Who reads a stream that begins so; null where nobody can.</summary>
    protected virtual EventReader? ReaderFor(StreamEvent first, JsonTree tree, string? type) =>
        tree.IsArray(tree.Find(0, "choices"u8)) ? new ChatReader(decider)
        : type is not null && MessagesReader.IsType(type) ? new MessagesReader(decider)
        : type is "keepalive" || (type is not null && ResponsesReader.IsType(type)) ? new ResponsesReader(decider, DecisionId)
        : CandidateCalls.IsOne(tree, 0) ? new CandidatesReader(decider)
        : type is "error" || tree.IsObject(tree.Find(0, "error"u8)) ? new FailedReader()
        : null;

    /// <summary>Everything about an event is decided.</summary>
    protected virtual void Leave(StreamEvent one, IBufferWriter<byte> output) => one.Write(output);

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

        current.Tree = current.Data.IsEmpty ? null : JsonTree.Read(current.Data);
        if (current.IsFailure)
        {
            return Fail(current);
        }

        if (current.Tree is not { } tree || !tree.IsObject(0))
        {
            return ToolGateStop.NotStrictJson;
        }

        var type = tree.Text(tree.Find(0, "type"u8));
        if (current.Name is { } name && type is not null && name != type)
        {
            return ToolGateStop.EventName;
        }

        _reader ??= ReaderFor(current, tree, type);
        return _reader is null ? ToolGateStop.UnknownShape : _reader.Take(current, _held) ? ToolGateStop.None : _reader.Stop;
    }

    private ToolGateStop Fail(StreamEvent current)
    {
        if (current.Tree is null && !current.Data.IsEmpty)
        {
            return ToolGateStop.NotStrictJson;
        }

        _reader ??= new FailedReader();
        return _reader.Fail(current, _held) ? ToolGateStop.None : _reader.Stop;
    }

    private void Release(IBufferWriter<byte> output)
    {
        foreach (var one in _held)
        {
            _reader?.Release(one);
            Leave(one, output);
            one.Dispose();
        }

        _held.Clear();
        HeldBytes = 0;
    }
}
