using System.Buffers;
using System.Text.Unicode;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What an upstream sends in WebSocket messages, each treated as an answer's body is: text is masked, in binary data a registered value blocks. A model's
/// messages are events, and what several of them spell together is joined first, as in an event stream; then the calls in them are decided.
/// </summary>
internal sealed class AnswerMessages : IMessageInspector
{
    private readonly Exchange _exchange;
    private readonly ExchangeState _state;
    private readonly RedactionPlan _plan;
    private readonly EventStreamJoiner? _joiner;
    private readonly MessageGate? _gate;
    private readonly MessageSeams? _seams;
    private readonly MessageSeams _controlSeams;
    private readonly List<Detection> _found = [];
    private readonly List<Splice.Edit> _edits = [];
    private readonly PooledOutput _joined = new();
    private readonly Queue<PooledOutput> _ready = new();
    private readonly Queue<MessageTake> _takes = new();
    private long _number;

    public AnswerMessages(Exchange exchange, ExchangeState state)
    {
        _exchange = exchange;
        _state = state;
        _plan = state.Decision!.ResponsePlan;
        if (ToolCalls.AreGated(exchange, state))
        {
            state.ToolCalls = new ToolCalls(exchange, state);
            _gate = new MessageGate(state.ToolCalls.Decide, exchange.Id);
        }

        if (exchange.Kind is DestinationKind.Llm)
        {
            _joiner = new EventStreamJoiner(state.Detection, _plan, (found, action) => Record(found, action, "joined"), state.Capture is { } capture ? capture.Keep : null);
        }
        else
        {
            _seams = new MessageSeams(state.Detection, CountsInPieces);
        }

        _controlSeams = new MessageSeams(state.Detection, CountsInPieces);
    }

    /// <summary>Why the connection must end.</summary>
    public Refusal? Refusal { get; private set; }

    public bool Add(ReadOnlySpan<byte> message, bool isText)
    {
        _number++;
        _state.SocketMetering?.Answer(message);
        if (_joiner is null)
        {
            return InspectAlone(message);
        }

        return _joiner.WriteMessage(message) ? TakeJoined() : Refuse(Blocking.Explain(_joiner.Blocked, _joiner.Stop));
    }

    public MessageTake Take(IBufferWriter<byte> into)
    {
        if (!_takes.TryDequeue(out var take))
        {
            return MessageTake.None;
        }

        if (take is not (MessageTake.Same or MessageTake.Dropped))
        {
            using var text = _ready.Dequeue();
            into.Write(text.Written.Span);
        }

        return take;
    }

    public bool Complete() =>
        (_joiner is null || (_joiner.CompleteMessages() ? TakeJoined() : Refuse(Blocking.Explain(_joiner.Blocked, _joiner.Stop))))
        && (_gate is null || TakeDecided(_gate.Complete()));

    public bool MayPass(ReadOnlySpan<byte> controlPayload)
    {
        _number++;
        _state.Detection.Find(controlPayload, _found);
        foreach (var one in _found)
        {
            if (CountsInPieces(one))
            {
                Record(one, FindingAction.Block, "control frame");
                return Refuse(Blocking.Explain(one, "A secret stands in a control frame."));
            }
        }

        if (_controlSeams.Find(controlPayload, isJson: false) is { } fragment)
        {
            Record(fragment, FindingAction.Block, "fragments");
            return Refuse(Blocking.Explain(fragment, "A secret stands in pieces in several control frames.") with { Rule = "fragmented_secret" });
        }

        _controlSeams.Add(controlPayload, isJson: false);
        return true;
    }

    public void Dispose()
    {
        _joiner?.Dispose();
        _gate?.Dispose();
        _seams?.Dispose();
        _controlSeams.Dispose();
        _joined.Dispose();
        foreach (var ready in _ready)
        {
            ready.Dispose();
        }

        _ready.Clear();
        _takes.Clear();
    }

    private bool InspectAlone(ReadOnlySpan<byte> message)
    {
        var text = new PooledOutput();
        var changed = Inspect(message, text);
        if (changed is null)
        {
            text.Dispose();
            return false;
        }

        var leaves = changed.Value ? text.Written.Span : message;
        if (_seams!.Find(leaves, isJson: false) is { } fragment)
        {
            text.Dispose();
            Record(fragment, FindingAction.Block, "fragments");
            return Refuse(Blocking.Explain(fragment, "A secret stands in pieces in several messages.") with { Rule = "fragmented_secret" });
        }

        _seams.Add(leaves, isJson: false);
        if (changed.Value || _gate is not null)
        {
            if (!changed.Value)
            {
                text.Write(message);
            }

            return Pass(text, changed.Value);
        }

        _takes.Enqueue(MessageTake.Same);
        return true;
    }

    private bool TakeJoined()
    {
        while (_joiner!.TryTakeMessage(_joined, out var wasJoined))
        {
            var text = new PooledOutput();
            var changed = Inspect(_joined.Written.Span, text);
            if (changed is false)
            {
                text.Write(_joined.Written.Span);
            }

            _joined.Dispose();
            if (changed is null)
            {
                text.Dispose();
                return false;
            }

            if (!Pass(text, changed.Value || wasJoined))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Everything in it is masked: it leaves once the calls in it are decided, where there is somebody to ask.</summary>
    private bool Pass(PooledOutput text, bool isChanged)
    {
        if (_gate is null)
        {
            _ready.Enqueue(text);
            _takes.Enqueue(isChanged ? MessageTake.Changed : MessageTake.Unchanged);
            return true;
        }

        using (text)
        {
            return TakeDecided(_gate.Add(text.Written.Span, isChanged));
        }
    }

    private bool TakeDecided(ToolGateStop stop)
    {
        if (stop is not ToolGateStop.None)
        {
            return Refuse(Blocking.Explain(stop));
        }

        while (_gate!.TryTake(out var message))
        {
            using var text = message.Text;
            if (message.Fate is not MessageFate.Dropped)
            {
                var leaves = new PooledOutput();
                leaves.Write(text.Written.Span);
                _ready.Enqueue(leaves);
            }

            _takes.Enqueue(message.Fate switch
            {
                MessageFate.Own => MessageTake.Own,
                MessageFate.Changed => MessageTake.Changed,
                MessageFate.Unchanged => MessageTake.Unchanged,
                _ => MessageTake.Dropped,
            });
        }

        return true;
    }

    /// <summary>True if <paramref name="into"/> holds what takes the message's place; null if nothing may.</summary>
    private bool? Inspect(ReadOnlySpan<byte> message, PooledOutput into)
    {
        _state.Detection.Find(message, _found);
        if (_found.Count == 0)
        {
            return false;
        }

        _edits.Clear();
        var plan = Utf8.IsValid(message) ? _plan : _plan with { InsteadOfMask = FindingAction.Alert };
        foreach (var one in _found)
        {
            var action = one.ActionUnder(plan);
            Record(one, action, $"@{one.Start}");
            if (action is FindingAction.Block)
            {
                Refuse(Blocking.Explain(one));
                return null;
            }

            if (action is FindingAction.Mask && one.Kind is not FindingKind.Reference)
            {
                _state.Capture?.Keep(one, message.Slice((int)one.Start, one.Length));
                var replacement = Splice.ReplacementFor(message, one, out var start, out var length);
                _edits.Add(new Splice.Edit(start, length, replacement));
            }
        }

        if (_edits.Count == 0)
        {
            return false;
        }

        Splice.Apply(message, _edits, into);
        return true;
    }

    private void Record(in Detection found, FindingAction action, string where)
    {
        if (action is not FindingAction.Pass)
        {
            _exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.WebSocketMessage, $"response#{_number} {where}", action));
        }
    }

    private static bool CountsInPieces(Detection one) => one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Unread;

    private bool Refuse(Refusal refusal)
    {
        Refusal = refusal;
        return false;
    }
}
