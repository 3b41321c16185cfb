namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// Lead of fixed length, literal, body: all of it is the token. Where there is a lead and a blank before it, what looks like a word at its beginning (a
/// letter and small letters, <see cref="MaxSkipped"/> at most) is left out: otherwise every word that a stream ends with could be a lead, and would wait.
/// </summary>
internal sealed class TokenShape(PartSequence lead, PartSequence body, Boundaries boundaries) : RuleShape
{
    private const int MaxSkipped = 8;

    private readonly ByteSet _leadBytes = lead.Parts.Aggregate(ByteSet.Empty, static (all, part) => all.Union(part.Set));

    private static readonly ByteSet Small = Alphabets.Parse("lower");

    public PartSequence LeadParts => lead;

    /// <summary>A lead has no others.</summary>
    public ByteSet LeadBytes => _leadBytes;

    public PartSequence Body => body;

    public override int Lead => lead.MaxLength;

    public override string OpenKey => $"{lead.MaxLength}/{LeadKey}";

    public override int LookBehind => lead.MaxLength + Boundaries.LookBehind;

    public override int Context(int literalLength) => Boundaries.LookBehind + MaxSkipped;

    public override int Reach(int literalLength) => literalLength + body.MaxLength + 1;

    public override int MaxLength(int literalLength) => lead.MaxLength + literalLength + body.MaxLength;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength)
    {
        var start = at - lead.MaxLength;
        if (start < 0 || !boundaries.AllowStart(text, start) || lead.Match(text[start..at]) < 0)
        {
            return RuleMatch.None;
        }

        var taken = body.Match(text[(at + literalLength)..], out var isOpen);
        var end = at + literalLength + taken;
        isOpen |= taken >= 0 && end == text.Length;
        return taken >= 0 && boundaries.AllowEnd(text, end)
            ? new RuleMatch(start, end - start, lead.MaxLength + literalLength, isOpen)
            : isOpen ? RuleMatch.OpenFrom(start + Skipped(text, start)) : RuleMatch.None;
    }

    public override int Skipped(ReadOnlySpan<byte> text, int start)
    {
        var isBehindBlank = start == 0 || text[start - 1] == ' ';
        return lead.MaxLength > 0 && isBehindBlank && start < text.Length && char.IsAsciiLetter((char)text[start])
            ? 1 + Small.RunAt(text[(start + 1)..], MaxSkipped - 1)
            : 0;
    }

    public override int OpenFrom(ReadOnlySpan<byte> text, int at)
    {
        var start = at - lead.MaxLength;
        return start >= 0 && boundaries.AllowStart(text, start) && lead.Match(text[start..at]) >= 0 ? start + Skipped(text, start) : text.Length;
    }

    /// <summary>Two rules with the same key have leads that are open at the same places, but for their length.</summary>
    public string LeadKey => $"{string.Join('|', lead.Parts.Select(part => Convert.ToHexString(part.Set.Members)))}/{Convert.ToHexString(boundaries.NotBefore.Members)}";

    /// <summary>The first place where the lead may begin that the end of the text cuts; the text's length if there is none.</summary>
    /// <param name="mayEscape">False if no escape stands where a lead could begin: then what stands before it is what it looks like.</param>
    public int StartOfLead(ReadOnlySpan<byte> text, bool mayEscape)
    {
        var start = text.Length - TrailingRun(text);
        while (!mayEscape && start > 0 && start < text.Length && boundaries.NotBefore.Contains(text[start - 1]))
        {
            start++;
        }

        return start;
    }

    /// <summary>The first byte that a finding could have of whose lead the text ends with a part; the text's length if there is none.</summary>
    /// <param name="start">As <see cref="StartOfLead"/> says.</param>
    public int OpenLead(ReadOnlySpan<byte> text, int start)
    {
        for (; start < text.Length; start++)
        {
            if (boundaries.AllowStart(text, start) && (lead.Match(text[start..], out var isOpen) == text.Length - start || isOpen))
            {
                return start + Skipped(text, start);
            }
        }

        return text.Length;
    }

    private int TrailingRun(ReadOnlySpan<byte> text)
    {
        var run = 0;
        while (run < lead.MaxLength && run < text.Length && _leadBytes.Contains(text[^(run + 1)]))
        {
            run++;
        }

        return run;
    }
}
