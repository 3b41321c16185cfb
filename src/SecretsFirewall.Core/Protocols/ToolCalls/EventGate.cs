using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The gate on an event stream.</summary>
/// <param name="framing">Of an event stream, or of any text without events.</param>
internal sealed class EventGate(CallDecider decider, string decisionId, AnswerFraming framing, int maxHeldBytes) : StreamGate(decider, decisionId, maxHeldBytes)
{
    private TrafficBytes _event = new();
    private EventCutter _cutter;
    private bool _hadEvent;

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var taken = _cutter.Take(chunk, out var isEnd);
            if (HeldBytes + _event.Count + taken > MaxHeldBytes)
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

    // Clients differ in whether the last event counts without its blank line.
    public override ToolGateStop Complete(IBufferWriter<byte> output) =>
        _event.Count > 0 && TakeEvent(output) is not ToolGateStop.None and var stop ? stop : End(output);

    public override void Dispose()
    {
        base.Dispose();
        _event.Dispose();
    }

    private ToolGateStop TakeEvent(IBufferWriter<byte> output)
    {
        var raw = _event;
        _event = new TrafficBytes();
        if (ServerSentEvent.Read(raw, isFirst: !_hadEvent) is not { } current)
        {
            return ToolGateStop.NotStrictJson;
        }

        _hadEvent = true;
        if (MayHide(current))
        {
            current.Dispose();
            return ToolGateStop.UnknownShape;
        }

        return TakeEvent(current, output);
    }

    // What clients that cut lines otherwise, or look for objects in lines, would find in it and we would not.
    private bool MayHide(ServerSentEvent current) =>
        (current.HasUnknownField && (framing is AnswerFraming.Events || KnowsReader || !current.Data.IsEmpty))
        || (framing is not AnswerFraming.ErrorText && (current.HasHiddenObject || current.HasDoubtfulLine));
}
