using System.Buffers;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>Decides the tool calls in a model's answer, once everything in them is masked.</summary>
internal sealed class ToolGateRewriter(IBodyRewriter masking, ToolGate gate) : IBodyRewriter
{
    private readonly PooledOutput _masked = new();

    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output)
    {
        var isClean = masking.Take(chunk, isLast, _masked);
        var goesOn = gate.Write(_masked.Written.Span, output) && (!isLast || !isClean || gate.Complete(output));
        _masked.Dispose();
        return isClean && goesOn;
    }

    public Refusal Explain() => gate.Stop is ToolGateStop.None ? masking.Explain() : Blocking.Explain(gate.Stop);

    public void Dispose()
    {
        masking.Dispose();
        gate.Dispose();
        _masked.Dispose();
    }
}
