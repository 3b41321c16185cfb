namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary><c>scheme://user:password@host</c> (RFC 3986 section 3.2.1), the literal being <c>scheme://</c>: only the password is the secret.</summary>
internal sealed class UrlPasswordShape(PartSequence password) : RuleShape
{
    private const int MaxUser = 128;

    private static readonly ByteSet User = Alphabets.Parse("base62 [._~!$&'()*+,;=%-]");
    private static readonly ByteSet Host = Alphabets.Parse("base62 [[]");

    public PartSequence Password => password;

    public override int LookBehind => 0;

    public override bool BeginsBehindLiteral => true;

    public override int Context(int literalLength) => literalLength + MaxUser + 1;

    // The colon, the at sign and the host's first character.
    public override int Reach(int literalLength) => literalLength + MaxUser + 1 + password.MaxLength + 2;

    public override int MaxLength(int literalLength) => password.MaxLength;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength)
    {
        var user = at + literalLength;
        var run = User.RunAt(text[user..], MaxUser);
        var start = user + run;
        if (start == text.Length)
        {
            return RuleMatch.OpenFrom(start);
        }

        if (text[start] != ':')
        {
            return RuleMatch.None;
        }

        start++;
        var length = password.Match(text[start..], out var isOpen);
        var end = start + Math.Max(0, length);
        isOpen |= length > 0 && text.Length - end < 2 && (end == text.Length || text[end] == '@');
        return length > 0 && IsHostBehind(text[end..]) ? new RuleMatch(start, length, 0, isOpen)
            : isOpen ? RuleMatch.OpenFrom(start) : RuleMatch.None;
    }

    private static bool IsHostBehind(ReadOnlySpan<byte> rest) => rest is [(byte)'@', var first, ..] && Host.Contains(first);
}
