using System.Text;

namespace SecretsFirewall.Cli.Importing;

/// <summary>Fixed texts of which every match holds at least one.</summary>
/// <param name="Texts">In lower case.</param>
/// <param name="Before">The most bytes of a match before one of them.</param>
internal sealed record RequiredTexts(IReadOnlyList<string> Texts, long Before)
{
    /// <summary>Shorter ones stand in too many texts (Rules/Compilation/RuleLint).</summary>
    public const int MinLength = 4;

    // What is longer is not rarer.
    private const int LongEnough = 16;

    // Twice as many texts are as bad as texts that are shorter by as much: both are looked at in more places.
    private const double PerDoubling = 2;

    public int Shortest => Texts.Min(text => text.Length);

    private double Worth => (Shortest >= MinLength ? 100 : 0) + Math.Min(Shortest, LongEnough) - (PerDoubling * Math.Log2(Texts.Count));

    /// <summary>Long and few, then near to the start.</summary>
    public static RequiredTexts? Better(RequiredTexts? a, RequiredTexts? b)
    {
        if (a is null || b is null)
        {
            return a ?? b;
        }

        return a.Worth > b.Worth || (a.Worth == b.Worth && a.Before <= b.Before) ? a : b;
    }
}

/// <summary>What can be said about all matches of a pattern.</summary>
/// <param name="Max">The longest, each repeat without an end being taken to end at the cap.</param>
/// <param name="Exact">All texts that match, in lower case, if they are few.</param>
internal sealed record PatternFacts(long Max, IReadOnlyList<string>? Exact, RequiredTexts? Required)
{
    private const int MaxTexts = 64;

    private const int MaxTextLength = 32;

    // Longer than any repeat of a pattern could be wanted: sums must not overflow.
    private const long Endless = int.MaxValue;

    private static readonly PatternFacts Empty = new(0, [""], null);

    public static PatternFacts Of(PatternNode node, int cap) => node switch
    {
        CharsNode chars => OfChars(chars),
        AnchorNode => Empty,
        GroupNode group => Of(group.Item, cap),
        SequenceNode sequence => OfSequence([.. sequence.Items.Select(item => Of(item, cap))]),
        ChoiceNode choice => OfChoice([.. choice.Options.Select(option => Of(option, cap))]),
        RepeatNode repeat => OfRepeat(repeat, Of(repeat.Item, cap), cap),
        _ => throw new InvalidOperationException("A node of an unknown kind."),
    };

    /// <summary>Of all texts that a match must hold the best, be they all of it or a part.</summary>
    public static RequiredTexts? AllOf(PatternFacts facts) => RequiredTexts.Better(facts.Required, facts.Exact is { } exact ? Candidate(exact, 0) : null);

    /// <summary>
    /// Texts that every match holds at the first byte of its secret or before that. The secret is the first group, or all of the match; a group
    /// within something counts from where that begins.
    /// </summary>
    public static RequiredTexts? AtOrBeforeTheSecret(PatternNode node, int cap)
    {
        var items = Flatten(node);
        var first = Math.Max(0, items.FindIndex(HasGroup));
        var before = OfSequence([.. items[..first].Select(item => Of(item, cap))]);
        var best = AllOf(before);
        for (var end = first + 1; end <= items.Count; end++)
        {
            // Longer and longer pieces: the best text of all of it may stand further on, where it does not count.
            var atStart = AllOf(OfSequence([.. items[first..end].Select(item => Of(item, cap))]));
            best = RequiredTexts.Better(best, atStart is { Before: 0 } ? atStart with { Before = before.Max } : null);
        }

        return best is { Shortest: >= RequiredTexts.MinLength } ? best : null;
    }

    public static bool HasGroup(PatternNode node) => node switch
    {
        GroupNode => true,
        SequenceNode sequence => sequence.Items.Any(HasGroup),
        ChoiceNode choice => choice.Options.Any(HasGroup),
        RepeatNode repeat => HasGroup(repeat.Item),
        _ => false,
    };

    private static List<PatternNode> Flatten(PatternNode node) => node is SequenceNode sequence ? [.. sequence.Items.SelectMany(Flatten)] : [node];

    public static bool HasEndless(PatternNode node) => node switch
    {
        GroupNode group => HasEndless(group.Item),
        SequenceNode sequence => sequence.Items.Any(HasEndless),
        ChoiceNode choice => choice.Options.Any(HasEndless),
        RepeatNode repeat => repeat.Max is null || HasEndless(repeat.Item),
        _ => false,
    };

    private static PatternFacts OfChars(CharsNode chars)
    {
        var texts = chars.Set.Members.ToArray().Where(b => b < 0x80).Select(b => char.ToLowerInvariant((char)b).ToString()).Distinct().ToList();
        var isFew = texts.Count is > 0 and <= MaxTexts && chars.Set.Members[^1] < 0x80;
        return new PatternFacts(1, isFew ? texts : null, null);
    }

    private static PatternFacts OfSequence(IReadOnlyList<PatternFacts> items)
    {
        RequiredTexts? best = null;
        IReadOnlyList<string> run = [""];
        var (before, runStart, isExact) = (0L, 0L, true);
        foreach (var item in items)
        {
            best = RequiredTexts.Better(best, Candidate(run, runStart));
            if (item.Exact is { } exact && exact.Count * run.Count <= MaxTexts && run.All(text => text.Length < MaxTextLength))
            {
                run = [.. run.SelectMany(_ => exact, (text, more) => text + more).Distinct()];
            }
            else
            {
                isExact = false;
                best = RequiredTexts.Better(best, item.Required is { } inner ? inner with { Before = before + inner.Before } : null);

                // What is too much to go on with may still begin a run of its own.
                (run, runStart) = item.Exact is { } start ? (start, before) : ([""], Math.Min(Endless, before + item.Max));
            }

            before = Math.Min(Endless, before + item.Max);
        }

        best = RequiredTexts.Better(best, Candidate(run, runStart));
        return new PatternFacts(before, isExact ? run : null, best);
    }

    private static PatternFacts OfChoice(IReadOnlyList<PatternFacts> options)
    {
        var exact = options.All(option => option.Exact is not null) ? options.SelectMany(option => option.Exact!).Distinct().ToList() : null;
        var required = options.Select(option => RequiredTexts.Better(option.Required, option.Exact is { } texts ? Candidate(texts, 0) : null)).ToList();
        return new PatternFacts(
            options.Max(option => option.Max),
            exact?.Count <= MaxTexts ? exact : null,
            required.All(texts => texts is not null) && required.SelectMany(texts => texts!.Texts).Distinct().ToList() is { Count: <= MaxTexts } all
                ? new RequiredTexts(all, required.Max(texts => texts!.Before))
                : null);
    }

    private static PatternFacts OfRepeat(RepeatNode repeat, PatternFacts item, int cap)
    {
        var times = repeat.Max ?? Math.Max(repeat.Min, cap);
        var max = Math.Min(Endless, item.Max * times);
        if (repeat.Min == 0)
        {
            return new PatternFacts(max, repeat.Max == 1 && item.Exact is { } once ? [.. once, ""] : null, null);
        }

        var required = RequiredTexts.Better(item.Required, item.Exact is { } texts ? Candidate(texts, 0) : null);
        if (repeat.Min == repeat.Max && repeat.Min <= MaxTextLength)
        {
            var whole = OfSequence([.. Enumerable.Repeat(item with { Required = required }, repeat.Min)]);
            return new PatternFacts(max, whole.Exact, RequiredTexts.Better(whole.Required, required));
        }

        return new PatternFacts(max, null, required);
    }

    private static RequiredTexts? Candidate(IReadOnlyList<string> texts, long before) =>
        texts.All(text => text.Length > 0 && Ascii.IsValid(text)) ? new RequiredTexts(texts, before) : null;
}
