using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// Looks for what may not pass in texts that cannot be rewritten. A reference is no secret, and nothing binds it in a file: it passes as the
/// text that it is.
/// </summary>
/// <param name="plan">One that masks nothing: see <see cref="RedactionPlan.InsteadOfMask"/>.</param>
internal sealed class TextInspection(DetectionSnapshot snapshot, RedactionPlan plan, LocatedFinding? onFinding)
{
    private readonly RedactionPlan _plan = plan with { Reference = FindingAction.Pass };
    private readonly List<Detection.Detection> _found = [];

    public Detection.Detection? Blocked { get; private set; }

    /// <summary>False where a finding in a whole text must block.</summary>
    /// <param name="place">What the text is, for the record.</param>
    /// <param name="index">Which of them; zero where there is one only.</param>
    public bool Inspect(ReadOnlySpan<byte> text, string place, long index = 0)
    {
        snapshot.Find(text, _found);
        foreach (var one in _found)
        {
            var action = one.ActionUnder(_plan);
            Report(one, action, place, index);
            if (action is FindingAction.Block or FindingAction.Mask)
            {
                Blocked = one;
                return false;
            }
        }

        return true;
    }

    /// <summary>The same for a text that comes in pieces.</summary>
    public StreamRedactor Begin(string place, long index = 0) =>
        new(snapshot, _plan, (one, action) => Report(one, action, place, index));

    /// <summary>Takes the next piece of such a text. Same answer as <see cref="Inspect"/>.</summary>
    public bool Write(StreamRedactor stream, ReadOnlySpan<byte> piece) => stream.Write(piece, NoOutput.Instance) || Stop(stream);

    public bool End(StreamRedactor stream) => stream.Complete(NoOutput.Instance) || Stop(stream);

    private bool Stop(StreamRedactor stream)
    {
        Blocked = stream.Blocked;
        return false;
    }

    private void Report(in Detection.Detection one, FindingAction action, string place, long index)
    {
        if (action is not FindingAction.Pass)
        {
            onFinding?.Invoke(one, action, index == 0 ? $"{place}@{one.Start}" : $"{place}#{index}@{one.Start}");
        }
    }
}
