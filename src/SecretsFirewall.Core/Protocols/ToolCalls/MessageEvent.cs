using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>One message of a WebSocket, whole and decoded.</summary>
internal sealed class MessageEvent : StreamEvent
{
    /// <param name="raw">Belongs to the event from now on.</param>
    public MessageEvent(TrafficBytes raw, bool isChanged)
        : base(raw) => (Data, IsChanged) = (Raw, isChanged);

    /// <summary>It is another one already than the one that came.</summary>
    public bool IsChanged { get; }

    protected override void WriteOwn(in OwnEvent own, IBufferWriter<byte> output) => output.Write(own.Json);

    protected override void WriteEdited(IBufferWriter<byte> output) => Edits.Apply(Data.Span, output);
}
