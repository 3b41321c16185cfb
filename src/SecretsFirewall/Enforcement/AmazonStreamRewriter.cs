using System.Buffers;
using SecretsFirewall.Inspection.AmazonStreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Masks in the binary event streams of AWS, whose frames have lengths and checksums.</summary>
internal sealed class AmazonStreamRewriter(AmazonStreamRedactor redactor) : IBodyRewriter
{
    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output) =>
        redactor.Write(chunk, output) && (!isLast || redactor.Complete(output));

    public Refusal Explain() => redactor.Stop switch
    {
        AmazonStreamStop.Finding => Blocking.Explain(redactor.Blocked),
        AmazonStreamStop.TooMuchHeld => new(
            RefusalCode.UpstreamUninspectable, "The upstream's event stream has an event that is too long, or leaves too many texts open to inspect them.", Rule: "event_stream"),
        _ => new(RefusalCode.UpstreamUninspectable, "The upstream's event stream is not made of whole frames with right checksums.", Rule: "event_stream"),
    };

    public void Dispose() => redactor.Dispose();
}
