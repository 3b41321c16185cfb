namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary><c>scheme://user:password@host</c> (RFC 3986 section 3.2.1), the literal being <c>scheme://</c>: only the password is the secret.</summary>
internal sealed class UrlPasswordShape(PartSequence password) : RuleShape
{
    private const int MaxUser = 128;

    private static readonly ByteSet User = Alphabets.Parse("base62 [._~!$&'()*+,;=%-]");
    private static readonly ByteSet Host = Alphabets.Parse("base62 [[]");

    public PartSequence Password => password;

    public override int LookBehind => 0;

    // The colon, the at sign and the host's first character.
    public override int Reach(int literalLength) => literalLength + MaxUser + 1 + password.MaxLength + 2;

    public override int MaxLength(int literalLength) => password.MaxLength;

    public override bool TryMatch(ReadOnlySpan<byte> text, int at, int literalLength, out int start, out int length, out int bodyStart)
    {
        bodyStart = 0;
        length = 0;
        var user = at + literalLength;
        start = user + User.RunAt(text[user..], MaxUser);
        if (start == text.Length || text[start] != ':')
        {
            return false;
        }

        start++;
        length = password.Match(text[start..]);
        return length > 0 && IsHostBehind(text[(start + length)..]);
    }

    private static bool IsHostBehind(ReadOnlySpan<byte> rest) => rest is [(byte)'@', var first, ..] && Host.Contains(first);
}
