using SecretsFirewall.Inspection.Detection.Encodings;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>One search through a text, and what it has come upon so far.</summary>
internal ref struct TextScan(ReadOnlySpan<byte> text, int from, bool isLast, List<Detection> into, WorkBudget? budget, ViewOrigin origin = default)
{
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>What begins before it is settled already; it is read only for what it says about the rest.</summary>
    public int From { get; } = from;

    /// <summary>False if more bytes may come.</summary>
    public bool IsLast { get; } = isLast;

    public List<Detection> Into { get; } = into;

    /// <summary>What the body that the text belongs to may still cost. Null for a decoded view: how much is decoded is bounded by itself.</summary>
    public WorkBudget? Budget { get; } = budget?.GrantFor(text);

    /// <summary>Of a decoded view.</summary>
    public ViewOrigin Origin { get; } = origin;

    /// <summary>The first byte of what more bytes could still make, lengthen or unmake; the text's length if there is nothing.</summary>
    public int Open { get; private set; } = text.Length;

    /// <summary>Where the last finding of a rule ends that begins before <see cref="From"/>, and how sure it was.</summary>
    public (int End, RuleConfidence Confidence) Settled { get; private set; }

    public void NoteSettled(int end, RuleConfidence confidence) => Settled = end > Settled.End ? (end, confidence) : Settled;

    public void OpenAt(int position) => Open = IsLast ? Open : Math.Min(Open, Math.Max(From, position));
}
