namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>What stands around a literal, as far as the text that is there shows.</summary>
/// <param name="Start">The finding's first byte; where it is open and none was found, the first byte that a finding could have.</param>
/// <param name="Length">0 if nothing was found.</param>
/// <param name="Body">Where, in the finding, the part begins that is not the literal.</param>
/// <param name="IsOpen">The end of the text was come upon: more bytes could make, lengthen or unmake the finding.</param>
internal readonly record struct RuleMatch(int Start, int Length, int Body, bool IsOpen)
{
    public bool IsFound => Length > 0;

    public static RuleMatch None => default;

    public static RuleMatch OpenFrom(int start) => new(start, 0, 0, IsOpen: true);
}
