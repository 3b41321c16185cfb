using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The gate on Bedrock's binary event streams: Converse, whose frames name their events, and InvokeModel, whose frames carry the provider's own events in base64
/// (WIRE.md section 2.6). Frames that we do not change leave byte for byte.
/// </summary>
internal sealed class FrameGate(CallDecider decider, string decisionId, int maxHeldBytes) : StreamGate(decider, decisionId, maxHeldBytes)
{
    private readonly TrafficBytes _arriving = new();
    private bool? _carries;

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            if (!AmazonFrame.TryMeasure(_arriving.Written.Span, out var total, out var headers))
            {
                return ToolGateStop.NotFrames;
            }

            var taken = Math.Min(chunk.Length, (total == 0 ? AmazonFrame.PreludeBytes : total) - _arriving.Count);
            if (HeldBytes + Math.Max(total, _arriving.Count + taken) > MaxHeldBytes)
            {
                return ToolGateStop.TooMuchHeld;
            }

            _arriving.Append(chunk[..taken]);
            chunk = chunk[taken..];
            if (_arriving.Count == total && total > 0 && TakeFrame(headers, output) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return AmazonFrame.TryMeasure(_arriving.Written.Span, out _, out _) ? ToolGateStop.None : ToolGateStop.NotFrames;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output) => _arriving.Count > 0 ? ToolGateStop.NotFrames : End(output);

    public override void Dispose()
    {
        base.Dispose();
        _arriving.Dispose();
    }

    protected override EventReader? ReaderFor(StreamEvent first, JsonTree tree, string? type) =>
        ConverseReader.IsOne(first, tree) ? new ConverseReader(Decider, isWrapped: first is FrameEvent { IsCarrier: true })
        : first is FrameEvent { IsCarrier: true } ? base.ReaderFor(first, tree, type)
        : null;

    private ToolGateStop TakeFrame(int headersLength, IBufferWriter<byte> output)
    {
        var raw = new TrafficBytes();
        raw.Append(_arriving.Written.Span);
        _arriving.Dispose();
        if (FrameEvent.Read(raw, headersLength, out var stop) is not { } current)
        {
            return stop;
        }

        // A client reads the frames of one operation: events among the others would be seen by us alone.
        if (!current.IsFailure && !current.IsEmpty && current.IsCarrier != (_carries ??= current.IsCarrier))
        {
            current.Dispose();
            return ToolGateStop.Contradiction;
        }

        return TakeEvent(current, output);
    }
}
