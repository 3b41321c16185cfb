using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>How an answer is framed, by its label.</summary>
public enum AnswerFraming
{
    /// <summary>No label that says it: JSON if it begins so, and an event stream otherwise, or a text without events in which no object can begin.</summary>
    Text = 0,

    /// <summary>The same of an answer that says by its status that it is no message: its text may hold anything but events.</summary>
    ErrorText,

    Json,

    /// <summary>One JSON text a line.</summary>
    JsonLines,

    Events,

    /// <summary>AWS's binary event stream.</summary>
    Frames,
}

/// <summary>
/// Decides each tool call in a model's answer before a client gets it. Words pass at once. A call waits until it is complete; then it leaves as it came, byte for
/// byte, or ordinary words stand in its place. What two clients could read in two ways stops the answer. The result depends on the answer alone, not on how it is
/// cut into chunks. Not safe for concurrent use.
/// </summary>
public sealed class ToolGate : IDisposable
{
    /// <summary>What one stream may keep waiting: no provider sends larger events or calls.</summary>
    public const int MaxHeldBytes = 16 * 1024 * 1024;

    private readonly AnswerFraming _framing;
    private readonly CallDecider _decider;
    private readonly string _decisionId;
    private readonly int _maxBodyBytes;
    private readonly TrafficBytes _blanks = new();
    private BodyGate? _gate;

    /// <param name="decisionId">Names the decision for whoever asks about it; letters, digits, <c>_</c> and <c>-</c>.</param>
    /// <param name="maxBodyBytes">Of an answer that is read whole.</param>
    public ToolGate(AnswerFraming framing, ToolDecision decide, string decisionId, int maxBodyBytes = MaxHeldBytes)
    {
        (_framing, _decider, _decisionId, _maxBodyBytes) = (framing, new CallDecider(decide), decisionId, maxBodyBytes);
        _gate = framing is AnswerFraming.Text or AnswerFraming.ErrorText ? null : Open(framing);
    }

    public ToolGateStop Stop { get; private set; }

    /// <summary>Takes a chunk and appends what may leave. False once the answer must end; no byte of what stopped it is written.</summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (Stop is not ToolGateStop.None)
        {
            return false;
        }

        if (_gate is null && !TryOpen(chunk, output))
        {
            return Goes();
        }

        Stop = _gate!.Write(chunk, output);
        return Goes();
    }

    /// <summary>The answer has ended. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Stop is not ToolGateStop.None)
        {
            return false;
        }

        Stop = _gate?.Complete(output) ?? ToolGateStop.None;
        output.Write(_blanks.Written.Span);
        return Goes();
    }

    public void Dispose()
    {
        _blanks.Dispose();
        _gate?.Dispose();
    }

    // Blanks wait for the first byte that tells.
    private bool TryOpen(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        var first = JsonBody.FirstByte(chunk);
        if (first == 0 && !chunk.Contains((byte)0))
        {
            _blanks.Append(chunk);
            Stop = _blanks.Count > MaxHeldBytes ? ToolGateStop.TooMuchHeld : Stop;
            return false;
        }

        _gate = Open(JsonBody.IsOpening(first) ? AnswerFraming.Json : _framing);
        Stop = _gate.Write(_blanks.Written.Span, output);
        _blanks.Dispose();
        return true;
    }

    private BodyGate Open(AnswerFraming framing) => framing switch
    {
        AnswerFraming.Json => new JsonGate(_decider, _decisionId, _maxBodyBytes),
        AnswerFraming.JsonLines => new LinesGate(_decider, _decisionId, MaxHeldBytes),
        AnswerFraming.Frames => new FrameGate(_decider, _decisionId, MaxHeldBytes),
        _ => new EventGate(_decider, _decisionId, framing, MaxHeldBytes),
    };

    private bool Goes()
    {
        if (Stop is not ToolGateStop.None)
        {
            Dispose();
        }

        return Stop is ToolGateStop.None;
    }
}
