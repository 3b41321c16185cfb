using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>One line of an answer of one JSON text a line.</summary>
internal sealed class LineEvent : StreamEvent
{
    /// <param name="raw">With its line end, if it has one; belongs to the event from now on.</param>
    public LineEvent(TrafficBytes raw)
        : base(raw) => Data = Raw.Trim(" \t\r\n"u8);

    protected override void WriteOwn(in OwnEvent own, IBufferWriter<byte> output)
    {
        output.Write(own.Json);
        output.Write("\n"u8);
    }

    protected override void WriteEdited(IBufferWriter<byte> output)
    {
        var start = Raw.Span.IndexOf(Data.Span);
        output.Write(Raw.Span[..start]);
        Edits.Apply(Data.Span, output);
        output.Write(Raw.Span[(start + Data.Length)..]);
    }
}
