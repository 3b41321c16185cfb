using System.Buffers;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Masks in text.</summary>
/// <param name="joiner">For an event stream: masks what several events spell together, before the redactor masks the rest.</param>
internal sealed class TextRewriter(StreamRedactor redactor, EventStreamJoiner? joiner) : IBodyRewriter
{
    private readonly PooledOutput _joined = new();

    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output)
    {
        if (joiner is null)
        {
            return Redact(chunk, isLast, output);
        }

        var goesOn = isLast ? joiner.Complete(_joined) : joiner.Write(chunk, _joined);
        var isClean = Redact(_joined.Written.Span, isLast && goesOn, output);
        _joined.Dispose();
        return goesOn && isClean;
    }

    public Refusal Explain() => Blocking.Explain(redactor.Blocked ?? joiner?.Blocked, joiner?.Stop ?? EventStreamStop.None);

    public void Dispose()
    {
        redactor.Dispose();
        joiner?.Dispose();
        _joined.Dispose();
    }

    private bool Redact(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output) =>
        redactor.Write(chunk, output) && (!isLast || redactor.Complete(output));
}
