using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Rules.Matching;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Asks all rules about a text in one pass, and finds references:
/// <code>
///   text ──► fingerprints, 64 bytes at a time ──► candidates (about 24,000 a megabyte)
///                                                     │ folded key
///                                                     ▼
///                                         literals ──no──► (9 of 10 end here)
///                                                     │ one stands here
///                                                     ▼
///                              a glance at what stands behind it ──no──► (9 of 10 of names)
///                                                     │
///                                                     ▼
///                              shape, boundaries, entropy, checksum ──► finding, or open
/// </code>
/// Immutable; any number of threads.
/// </summary>
internal sealed class RuleScanner
{
    private readonly FingerprintFilter _filter;
    private readonly LiteralTable _literals;
    private readonly OpenLiterals _open;

    // Rules change seldom, values often: the plan of the last rules is kept.
    private static RuleScanner? _last;

    private RuleScanner(IReadOnlyList<DetectionRule> rules)
    {
        Rules = rules;
        var literals = rules.SelectMany(rule => rule.Literals.Select(literal => ((DetectionRule?)rule, literal)));
        var fingerprints = FingerprintChooser.Choose(literals.Append((null, ReferenceDetector.Literal)));
        _filter = new FingerprintFilter(BucketPlan.Make(fingerprints.Select(one => one.Bytes), FingerprintFilter.Buckets));
        _literals = new LiteralTable(fingerprints);
        _open = new OpenLiterals(rules);
        Context = rules.Select(rule => rule.Context).DefaultIfEmpty().Max();
        LongestFinding = rules.Select(rule => rule.MaxLength).DefaultIfEmpty().Max();
    }

    public IReadOnlyList<DetectionRule> Rules { get; }

    /// <param name="rules">Our own agents' tokens are added.</param>
    public static RuleScanner For(IReadOnlyList<DetectionRule> rules)
    {
        IReadOnlyList<DetectionRule> all = [BuiltInRules.AgentToken, .. rules];
        var last = Volatile.Read(ref _last);
        if (last is null || !last.Rules.SequenceEqual(all))
        {
            Volatile.Write(ref _last, last = new RuleScanner(all));
        }

        return last;
    }

    /// <summary>How much text before a finding may say whether it is one.</summary>
    public int Context { get; }

    /// <summary>In bytes.</summary>
    public int LongestFinding { get; }

    /// <summary>Asks the rules whose literal's fingerprint stands in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    [SkipLocalsInit]
    public void Find(ref TextScan scan, int from, int to)
    {
        Span<ushort> offsets = stackalloc ushort[BlockPositions.Capacity];
        var memo = default(GapMemo);
        for (; from < to; from += BlockPositions.StretchLength)
        {
            var count = _filter.Collect(scan.Text, from, Math.Min(to, from + BlockPositions.StretchLength), offsets);
            count = _literals.Keep(scan.Text, from, offsets[..count]);
            foreach (var offset in offsets[..count])
            {
                var at = from + offset;
                foreach (ref readonly var placed in _literals.Find(LiteralTable.KeyAt(scan.Text, at)))
                {
                    if (placed.IsAt(scan.Text, at - placed.Offset))
                    {
                        AskAll(ref scan, ref memo, at - placed.Offset, in placed);
                    }
                }
            }
        }
    }

    /// <summary>Notes what the text's end may be the beginning of.</summary>
    /// <param name="limit">What begins here or later counts as open already.</param>
    public void FindOpen(ref TextScan scan, int limit)
    {
        if (scan.Text.Length - limit < _open.LongestPart)
        {
            scan.OpenAt(_open.EarliestOpen(scan.Text, scan.From, scan.Open));
        }
    }

    private static void AskAll(ref TextScan scan, ref GapMemo memo, int at, in PlacedLiteral placed)
    {
        if (placed.Rules.IsEmpty)
        {
            ReferenceDetector.FindAt(ref scan, at);
            return;
        }

        if (placed.Glance?.MayFind(scan.Text, at + placed.Length) is false)
        {
            // As dear as asking each: what a body may cost does not depend on how cleverly it is read.
            _ = TrySpend(ref scan, at, placed.Rules.Length);
            return;
        }

        foreach (var rule in placed.Rules)
        {
            if (TrySpend(ref scan, at, 1))
            {
                Ask(ref scan, ref memo, rule, at, placed.Length);
            }
        }
    }

    private static bool TrySpend(ref TextScan scan, int at, int asks)
    {
        if (scan.Budget?.TrySpend(asks) is not false)
        {
            return true;
        }

        // Once is enough: a finding for each place would cost more than reading it.
        if (scan.Into is not [.., { Kind: FindingKind.Unread }])
        {
            scan.Into.Add(WorkBudget.Exceeded(Math.Max(at, scan.From)));
        }

        return false;
    }

    /// <summary>A block is the one thing that reads past quotes: in a view it ends with the string that it begins in.</summary>
    private static ReadOnlySpan<byte> TextOf(in TextScan scan, DetectionRule rule, int at)
    {
        if (rule.Kind is not RuleKind.Block || scan.Origin.FirstBorderIn(scan.Text, at, Math.Min(scan.Text.Length, at + rule.Reach)) is not (>= 0 and var end))
        {
            return scan.Text;
        }

        return scan.Text[..end];
    }

    private static void Ask(ref TextScan scan, ref GapMemo memo, DetectionRule rule, int at, int literalLength)
    {
        var text = TextOf(scan, rule, at);
        var match = rule.Match(text, at, literalLength, ref memo, out var confidence);
        match = match with { IsOpen = match.IsOpen && text.Length == scan.Text.Length };
        if (match.IsOpen && !scan.IsLast)
        {
            scan.OpenAt(match.Start);
            return;
        }

        if (!match.IsFound)
        {
            return;
        }

        var start = match.Start + rule.Shape.Skipped(scan.Text, match.Start);
        start += JsonEscapes.TailAt(scan.Text, start);
        var end = match.Start + match.Length;
        if (start >= scan.From && start < end)
        {
            // It gets its name when nothing else stands there (Overlaps): several rules may find the same.
            scan.Into.Add(new(start, end - start, rule.Finds, rule.Id, default, ValueForm.Plain, 0) { Confidence = confidence });
        }
        else if (start < end)
        {
            scan.NoteSettled(end, confidence);
        }
    }
}
