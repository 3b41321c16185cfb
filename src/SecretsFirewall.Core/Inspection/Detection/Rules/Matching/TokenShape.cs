namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>Lead of fixed length, literal, body: all of it is the token.</summary>
internal sealed class TokenShape(PartSequence lead, PartSequence body, Boundaries boundaries) : RuleShape
{
    public PartSequence Lead => lead;

    public PartSequence Body => body;

    public override int LookBehind => lead.MaxLength + Boundaries.LookBehind;

    public override int Reach(int literalLength) => literalLength + body.MaxLength + 1;

    public override int MaxLength(int literalLength) => lead.MaxLength + literalLength + body.MaxLength;

    public override bool TryMatch(ReadOnlySpan<byte> text, int at, int literalLength, out int start, out int length, out int bodyStart)
    {
        start = at - lead.MaxLength;
        bodyStart = lead.MaxLength + literalLength;
        length = 0;
        if (start < 0 || lead.Match(text[start..at]) < 0)
        {
            return false;
        }

        var taken = body.Match(text[(at + literalLength)..]);
        length = bodyStart + taken;
        return taken >= 0 && boundaries.Allow(text, start, length);
    }
}
