using System.Buffers;
using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>An event stream of a server: each event is a message, and leaves once it is complete.</summary>
/// <param name="framing">Of an event stream, or of any text without events.</param>
internal sealed class McpEventGate(McpAnswerRules rules, AnswerFraming framing, int maxHeldBytes) : BodyGate(maxHeldBytes)
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
    private static bool MayBeMessage(ReadOnlySpan<byte> text) => text.IndexOf("jsonrpc"u8) >= 0 || text.IndexOf("\\u"u8) >= 0;

    // What clients that cut lines otherwise, or look for objects in lines, would find in it and we would not.
    private bool MayHide(ServerSentEvent current, bool isJson) =>
        framing is not AnswerFraming.ErrorText && (current.HasHiddenObject || current.HasDoubtfulLine || (!isJson && current.HasDoubtfulData));

    private ToolGateStop Judge(ServerSentEvent current)
    {
        if (current.Name == "endpoint")
        {
            rules.Endpoint(Encoding.UTF8.GetString(current.Data.Span));
        }

        if (!rules.IsKnown && !MayBeMessage(current.Text))
        {
            return ToolGateStop.None;
        }

        var isJson = JsonBody.FirstByte(JsonBody.WithoutByteOrderMark(current.Data.Span)) is (byte)'{' or (byte)'[';
        if (MayHide(current, isJson))
        {
            return ToolGateStop.UnknownShape;
        }

        if (!isJson)
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
