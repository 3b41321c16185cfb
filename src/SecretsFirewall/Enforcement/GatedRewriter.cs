using System.Buffers;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>A model's answer: once everything in it is masked, its tool calls are decided.</summary>
internal sealed class GatedRewriter(IBodyRewriter rewriter, ToolGate gate) : IBodyRewriter
{
    private readonly PooledOutput _masked = new();

    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output)
    {
        var isClean = rewriter.Take(chunk, isLast, _masked);
        var goesOn = gate.Write(_masked.Written.Span, output) && (!isLast || !isClean || gate.Complete(output));
        _masked.Dispose();
        return goesOn && isClean;
    }

    public Refusal Explain() => gate.Stop is not ToolGateStop.None and var stop ? Blocking.Explain(stop) : rewriter.Explain();

    public void Dispose()
    {
        rewriter.Dispose();
        gate.Dispose();
        _masked.Dispose();
    }
}
