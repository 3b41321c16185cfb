using SecretsFirewall.Inspection.Archives;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks into a download that is an archive. What it cannot read it lets pass: the agent unpacks it, and its own words are inspected again.</summary>
internal sealed class ArchiveObserver(ArchiveInspection inspection) : IBodyObserver
{
    public long Taken => inspection.TextIn;

    public long Settled => inspection.TextIn - inspection.HeldBack;

    public Refusal? Take(ReadOnlySpan<byte> piece) => inspection.Write(piece) ? null : Explain();

    public Refusal? End() => inspection.Complete() ? null : Explain();

    public void Dispose() => inspection.Dispose();

    private Refusal Explain() => Blocking.Explain(inspection.Blocked, "A secret stands in a file of the archive.");
}
