namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>Words that, anywhere in the name that a value is assigned to, say that it is no secret: <c>public</c>, <c>next_page</c>.</summary>
internal sealed class HarmlessNames(StopWords words)
{
    /// <summary>How far before a literal its name is read.</summary>
    public const int LookBehind = 32;

    private static readonly ByteSet Name = Alphabets.Parse("base62 [_:-]");

    public static HarmlessNames None { get; } = new(StopWords.None);

    /// <param name="at">Where the literal stands, which is a part of the name.</param>
    /// <param name="value">Where the value begins.</param>
    public bool AreIn(ReadOnlySpan<byte> text, int at, int value)
    {
        var start = at;
        while (start > 0 && at - start < LookBehind && Name.Contains(text[start - 1]))
        {
            start--;
        }

        return words.AreIn(text[start..value]);
    }
}
