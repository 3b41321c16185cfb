namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>The gap that was measured last: several rules look for one name, and what stands behind it is the same for all of them. For one text.</summary>
internal struct GapMemo
{
    private int _behind;
    private Separator _separator;
    private int _gap;
    private int _open;

    /// <summary>As <see cref="AssignmentGap.Measure"/>, of the text from <paramref name="behind"/> on, which is never 0: a name stands before it.</summary>
    public int Measure(ReadOnlySpan<byte> text, int behind, Separator separator, out int open)
    {
        if (behind != _behind || separator != _separator)
        {
            (_behind, _separator) = (behind, separator);
            _gap = AssignmentGap.Measure(text[behind..], separator, out _open);
        }

        open = _open;
        return _gap;
    }
}
