using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks whether the media that a model answers with are any, where the calls in its messages are decided.</summary>
internal sealed class MediaObserver : IBodyObserver
{
    private readonly MediaProbe _probe = new();

    public long Taken { get; private set; }

    public long Settled => Taken;

    public Refusal? Take(ReadOnlySpan<byte> piece)
    {
        Taken += piece.Length;
        return _probe.Take(piece) ? null : Blocking.Explain(ToolGateStop.UnknownShape);
    }

    public Refusal? End() => null;

    public void Dispose()
    {
    }
}
