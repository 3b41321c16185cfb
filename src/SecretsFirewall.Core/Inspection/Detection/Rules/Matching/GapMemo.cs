namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// The gaps that were measured last, one for each separator: several rules look for one name, and what stands behind it is the same for all of
/// them. For one text.
/// </summary>
internal struct GapMemo
{
    private Gap _assigned;
    private Gap _blank;

    /// <summary>As <see cref="AssignmentGap.Measure"/>, of the text from <paramref name="behind"/> on, which is never 0: a name stands before it.</summary>
    public int Measure(ReadOnlySpan<byte> text, int behind, Separator separator, out int open)
    {
        ref var gap = ref separator == Separator.Blank ? ref _blank : ref _assigned;
        if (behind != gap.Behind)
        {
            gap = new Gap(behind, AssignmentGap.Measure(text[behind..], separator, out open), open);
        }

        open = gap.Open;
        return gap.Length;
    }

    private readonly record struct Gap(int Behind, int Length, int Open);
}
