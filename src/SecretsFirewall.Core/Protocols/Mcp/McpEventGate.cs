using System.Buffers;
using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>An event stream of a server: each event is a message, and leaves once it is complete.</summary>
internal sealed class McpEventGate(McpAnswerRules rules, int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private TrafficBytes _event = new();
    private EventCutter _cutter;
    private bool _hadEvent;

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var taken = _cutter.Take(chunk, out var isEnd);
            if (_event.Count + taken > MaxHeldBytes)
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
    public override ToolGateStop Complete(IBufferWriter<byte> output) => _event.Count > 0 ? TakeEvent(output) : ToolGateStop.None;

    public override void Dispose() => _event.Dispose();

    private ToolGateStop TakeEvent(IBufferWriter<byte> output)
    {
        var raw = _event;
        _event = new TrafficBytes();
        using var current = ServerSentEvent.Read(raw, isFirst: !_hadEvent);
        _hadEvent = true;
        if (current is null)
        {
            return ToolGateStop.NotStrictJson;
        }

        if (Judge(current) is not ToolGateStop.None and var stop)
        {
            return stop;
        }

        current.Write(output);
        return ToolGateStop.None;
    }

    // A message says so, in letters or in escapes.
    private static bool MayBeMessage(ReadOnlySpan<byte> data) => data.IndexOf("jsonrpc"u8) >= 0 || data.IndexOf("\\u"u8) >= 0;

    private ToolGateStop Judge(ServerSentEvent current)
    {
        if (current.Name == "endpoint")
        {
            rules.Endpoint(Encoding.UTF8.GetString(current.Data.Span));
        }

        if (JsonBody.FirstByte(JsonBody.WithoutByteOrderMark(current.Data.Span)) is not ((byte)'{' or (byte)'['))
        {
            return ToolGateStop.None;
        }

        if (!rules.IsKnown && !MayBeMessage(current.Data.Span))
        {
            return ToolGateStop.None;
        }

        if (current.HasUnknownField)
        {
            return ToolGateStop.UnknownShape;
        }

        return JsonTree.Read(current.Data) is { } tree ? McpAnswer.Gate(tree, rules, current.Edits) : ToolGateStop.NotStrictJson;
    }
}
