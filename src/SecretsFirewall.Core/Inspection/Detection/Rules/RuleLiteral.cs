namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Fixed text at which a rule is to be asked: a scan looks for these, and calls <see cref="DetectionRule.Matches"/> where one stands.</summary>
/// <param name="Bytes">ASCII, at least three bytes.</param>
/// <param name="Offset">Where it stands in the finding; 0 also where the finding begins behind it (<see cref="RuleKind.Assignment"/>, <see cref="RuleKind.UrlPassword"/>).</param>
/// <param name="IgnoreCase">ASCII letters count in either case; <paramref name="Bytes"/> then has them in lower case.</param>
public readonly record struct RuleLiteral(ReadOnlyMemory<byte> Bytes, int Offset, bool IgnoreCase)
{
    public int Length => Bytes.Length;

    /// <summary>True if it stands at <paramref name="at"/>.</summary>
    public bool IsAt(ReadOnlySpan<byte> text, int at) =>
        at >= 0
        && at <= text.Length - Bytes.Length
        && (IgnoreCase
            ? System.Text.Ascii.EqualsIgnoreCase(text.Slice(at, Bytes.Length), Bytes.Span)
            : text[at..].StartsWith(Bytes.Span));

    public override string ToString() => System.Text.Encoding.ASCII.GetString(Bytes.Span);
}
