using System.Buffers;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>An answer of a server in one piece: nothing of it leaves before all of it was read.</summary>
internal sealed class McpJsonGate(McpAnswerRules rules, int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private readonly TrafficBytes _body = new();

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (_body.Count + chunk.Length > MaxHeldBytes)
        {
            return ToolGateStop.TooMuchHeld;
        }

        _body.Append(chunk);
        return ToolGateStop.None;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output)
    {
        var body = _body.Written;
        var edits = new JsonEdits();
        if (!body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            var stop = JsonTree.Read(body) is { } tree ? McpAnswer.Gate(tree, rules, edits) : ToolGateStop.NotStrictJson;
            if (stop is not ToolGateStop.None)
            {
                return stop;
            }
        }

        edits.Apply(body.Span, output);
        return ToolGateStop.None;
    }

    public override void Dispose() => _body.Dispose();
}
