using SecretsFirewall.Inspection.Git;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks into what git sends: lines, and the objects of a pack.</summary>
/// <param name="unreadable">Whose fault it is if it cannot be read.</param>
internal sealed class GitObserver(GitInspection inspection, RefusalCode unreadable) : IBodyObserver
{
    public long Taken => inspection.TextIn;

    public long Settled => inspection.TextIn - inspection.HeldBack;

    public Refusal? Take(ReadOnlySpan<byte> piece) => inspection.Write(piece) ? null : Explain();

    public Refusal? End() => inspection.Complete() ? null : Explain();

    public void Dispose() => inspection.Dispose();

    private Refusal Explain() => inspection.Stop switch
    {
        GitStop.Finding => Blocking.Explain(inspection.Blocked, "A secret stands in what git sends: in a file, its name, a commit or a tag, now or in its history."),
        GitStop.TooLarge => new(
            unreadable, "The pack has more objects, larger ones or longer chains than are read.", Rule: "limits.git",
            Advice: "Push less at once; the operator can raise limits.git_objects and limits.git_object."),
        _ => new(unreadable, "What git sends cannot be read, so it is not passed.", Rule: "git_pack"),
    };
}
