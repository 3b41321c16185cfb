using System.Buffers;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>
/// The gate on what an MCP server answers: lists of tools, and requests to the agent. The result depends on the answer alone, not on how it is cut into chunks.
/// Not safe for concurrent use.
/// </summary>
public sealed class McpGate : IDisposable
{
    private readonly AnswerFraming _framing;
    private readonly McpAnswerRules _rules;
    private readonly int _maxBodyBytes;
    private BodyGate? _gate;

    /// <param name="framing">Every other label than <see cref="AnswerFraming.Json"/> and <see cref="AnswerFraming.Events"/> is JSON if it begins so, and an event stream otherwise.</param>
    /// <param name="maxBodyBytes">Of an answer that is read whole.</param>
    public McpGate(AnswerFraming framing, McpAnswerRules rules, int maxBodyBytes = ToolGate.MaxHeldBytes)
    {
        (_framing, _rules, _maxBodyBytes) = (framing, rules, maxBodyBytes);
        _gate = framing is AnswerFraming.Json or AnswerFraming.Events ? Open(framing is AnswerFraming.Json) : null;
    }

    public ToolGateStop Stop { get; private set; }

    /// <summary>Takes a chunk and appends what may leave. False once the answer must end; no byte of what stopped it is written.</summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (Stop is not ToolGateStop.None)
        {
            return false;
        }

        // Blanks before the first byte that tells have no meaning in either framing, and leave.
        if (_gate is null && JsonBody.FirstByte(chunk) is var first)
        {
            if (first == 0 && !chunk.Contains((byte)0))
            {
                output.Write(chunk);
                return true;
            }

            _gate = Open(JsonBody.IsOpening(first));
        }

        Stop = _gate!.Write(chunk, output);
        return Goes();
    }

    /// <summary>The answer has ended. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Stop is ToolGateStop.None)
        {
            Stop = _gate?.Complete(output) ?? ToolGateStop.None;
        }

        return Goes();
    }

    public void Dispose() => _gate?.Dispose();

    private BodyGate Open(bool isJson) => isJson ? new McpJsonGate(_rules, _maxBodyBytes) : new McpEventGate(_rules, _framing, ToolGate.MaxHeldBytes);

    private bool Goes()
    {
        if (Stop is not ToolGateStop.None)
        {
            Dispose();
        }

        return Stop is ToolGateStop.None;
    }
}
