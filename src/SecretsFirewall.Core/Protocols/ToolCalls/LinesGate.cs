using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The gate on an answer of one JSON text a line, as Ollama streams.</summary>
internal sealed class LinesGate(CallDecider decider, string decisionId, int maxHeldBytes) : StreamGate(decider, decisionId, maxHeldBytes)
{
    private TrafficBytes _line = new();

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var length = chunk.IndexOf((byte)'\n');
            var taken = length < 0 ? chunk.Length : length + 1;
            if (HeldBytes + _line.Count + taken > MaxHeldBytes)
            {
                return ToolGateStop.TooMuchHeld;
            }

            _line.Append(chunk[..taken]);
            chunk = chunk[taken..];
            if (length >= 0 && TakeLine(output) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return ToolGateStop.None;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output) =>
        _line.Count > 0 && TakeLine(output) is not ToolGateStop.None and var stop ? stop : End(output);

    public override void Dispose()
    {
        base.Dispose();
        _line.Dispose();
    }

    protected override EventReader ReaderFor(StreamEvent first, JsonTree tree, string? type) => new LinesReader(Decider, DecisionId);

    private ToolGateStop TakeLine(IBufferWriter<byte> output)
    {
        var raw = _line;
        _line = new TrafficBytes();
        return TakeEvent(new LineEvent(raw), output);
    }
}
