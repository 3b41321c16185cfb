using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks at a body as one text.</summary>
internal sealed class TextObserver(StreamRedactor redactor) : IBodyObserver
{
    private readonly PooledOutput _inspected = new();

    public long Taken => redactor.BytesIn;

    public long Settled => redactor.BytesIn - redactor.HeldBack;

    public Refusal? Take(ReadOnlySpan<byte> piece) => Judge(redactor.Write(piece, _inspected));

    public Refusal? End() => Judge(redactor.Complete(_inspected));

    public void Dispose()
    {
        redactor.Dispose();
        _inspected.Dispose();
    }

    private Refusal? Judge(bool isClean)
    {
        _inspected.Dispose(); // what the redactor let through is not what leaves
        return isClean ? null : Blocking.Explain(redactor.Blocked);
    }
}
