using System.Buffers;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;

namespace SecretsFirewall.Enforcement;

/// <summary>Shows a model's answer to whoever counts it, on its way to the rewriter. Nothing waits for that.</summary>
internal sealed class MeteredRewriter(IBodyRewriter rewriter, UsageReader reader) : IBodyRewriter
{
    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output)
    {
        reader.Write(chunk);
        return rewriter.Take(chunk, isLast, output);
    }

    public Refusal Explain() => rewriter.Explain();

    public void Dispose() => rewriter.Dispose(); // the reader is asked once more, at the exchange's end
}
