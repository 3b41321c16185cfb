using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The gate for one framing of an answer.</summary>
internal abstract class BodyGate(int maxHeldBytes) : IDisposable
{
    protected int MaxHeldBytes => maxHeldBytes;

    /// <summary>No byte of what stopped it was written.</summary>
    public abstract ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output);

    public abstract ToolGateStop Complete(IBufferWriter<byte> output);

    public abstract void Dispose();
}
