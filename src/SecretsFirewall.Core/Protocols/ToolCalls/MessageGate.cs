using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>What becomes of a message that came, and of those that were not sent by anybody.</summary>
internal enum MessageFate
{
    /// <summary>It leaves not at all.</summary>
    Dropped = 0,

    Unchanged,

    Changed,

    /// <summary>A message of ours, before the next one that came.</summary>
    Own,
}

/// <param name="Text">Empty where it is dropped; whoever takes it disposes of it.</param>
internal readonly record struct GatedMessage(MessageFate Fate, TrafficBytes Text);

/// <summary>
/// The gate on what a model says in WebSocket messages, each of which is one event. Each message that came leaves once, in its order; others of ours may go before it.
/// Not safe for concurrent use.
/// </summary>
internal sealed class MessageGate(ToolDecision decide, string decisionId) : StreamGate(new CallDecider(decide), decisionId, ToolGate.MaxHeldBytes)
{
    private readonly Queue<GatedMessage> _left = new();
    private readonly TrafficBytes _nowhere = new();

    /// <param name="isChanged">It is another one already than the one that came.</param>
    public ToolGateStop Add(ReadOnlySpan<byte> message, bool isChanged)
    {
        if (HeldBytes + message.Length > MaxHeldBytes)
        {
            return ToolGateStop.TooMuchHeld;
        }

        var raw = new TrafficBytes();
        raw.Append(message);
        return TakeEvent(new MessageEvent(raw, isChanged), _nowhere);
    }

    /// <summary>No more messages will come.</summary>
    public ToolGateStop Complete() => End(_nowhere);

    /// <summary>Asked until there is none, after each <see cref="Add"/> and after <see cref="Complete()"/>.</summary>
    public bool TryTake(out GatedMessage message) => _left.TryDequeue(out message);

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output) => Add(chunk, isChanged: false);

    public override ToolGateStop Complete(IBufferWriter<byte> output) => Complete();

    public override void Dispose()
    {
        base.Dispose();
        while (_left.TryDequeue(out var message))
        {
            message.Text.Dispose();
        }
    }

    protected override EventReader? ReaderFor(StreamEvent first, JsonTree tree, string? type) =>
        type is null ? LiveReader.IsOne(tree) ? new LiveReader(Decider) : null
        : RealtimeReader.IsBegin(type) ? new RealtimeReader(Decider)
        : ResponseTurnsReader.IsType(type) ? new ResponseTurnsReader(Decider, DecisionId)
        : null;

    protected override void Leave(StreamEvent one, IBufferWriter<byte> output)
    {
        foreach (var own in one.Before)
        {
            var text = new TrafficBytes();
            text.Append(own.Json);
            _left.Enqueue(new GatedMessage(MessageFate.Own, text));
        }

        one.Before.Clear();
        var leaves = new TrafficBytes();
        one.Write(leaves);
        _left.Enqueue(new GatedMessage(
            one.IsDropped ? MessageFate.Dropped : one.Edits.IsEmpty && one is MessageEvent { IsChanged: false } ? MessageFate.Unchanged : MessageFate.Changed, leaves));
    }
}
