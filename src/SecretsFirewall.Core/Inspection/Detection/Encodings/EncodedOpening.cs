using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Says from where on a text that goes on could hold something that is not found yet, plainly or in any view. It decides what a stream holds
/// back, and how far a stretch is decoded.
/// </summary>
internal sealed class EncodedOpening(IPlainSearch plain)
{
    // Text before the end that may still matter, beside what the longest form needs.
    private const int MinTail = 1024;

    // An ordinary escape is six times as long as what it stands for; the longest form is at least twice the longest value.
    private const int Expansion = 3;

    // What the spelling of an escape holds before its last byte, on any level: behind anything else none goes on.
    private static readonly SearchValues<byte> InsideOfEscapes = SearchValues.Create(
        [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\\%&#;"u8, .. Enumerable.Range(0x80, 0x80).Select(b => (byte)b)]);

    private readonly Lazy<bool[]> _beginnings = new(() => BeginningsOf(plain));

    /// <summary>The smallest position before <paramref name="limit"/> from which more bytes could complete something; the limit if nothing is open.</summary>
    /// <param name="depth">Of <paramref name="text"/>: how many decodings lie between it and the raw text.</param>
    public int Find(ReadOnlySpan<byte> text, int depth, int limit, Level[] levels)
    {
        var open = plain.EarliestOpenPlain(text, limit, levels[depth].Found);
        return depth == levels.Length - 1 ? open : FindEncoded(text, depth, open, levels);
    }

    /// <summary>The same, for what is not plain, of a view that was searched: its stretches are known.</summary>
    public int FindInSearched(ReadOnlySpan<byte> text, int depth, int limit, Level[] levels)
    {
        if (depth == levels.Length - 1)
        {
            return limit;
        }

        return levels[depth].Stretches.Count == 0 ? FindBehindStretches(text, depth, limit, levels) : FindEncoded(text, depth, limit, levels);
    }

    /// <summary>The same, for what is not plain.</summary>
    public int FindEncoded(ReadOnlySpan<byte> text, int depth, int limit, Level[] levels) =>
        FindBehindStretches(text, depth, FindInStretches(text, depth, limit, levels), levels);

    /// <summary>The same, where <paramref name="limit"/> says already what is open in stretches with whole escapes.</summary>
    public int FindBehindStretches(ReadOnlySpan<byte> text, int depth, int limit, Level[] levels)
    {
        var open = limit;

        // Of an escape that is cut, nobody knows what it will be: it is open, and so is what it could continue.
        // So is what it may complete to one of the next level.
        var whole = text.Length;
        for (var level = depth; level < levels.Length - 1; level++)
        {
            var before = PartialEscape.StartOf(text[..whole]);
            if (before == whole)
            {
                break;
            }

            whole = before;
            open = plain.EarliestOpenPlain(text[..whole], Math.Min(open, whole), levels[depth].Found);
            open = FindInStretches(text[..whole], depth, open, levels);
            open = FindInRun(text[..whole], depth, open, levels);
        }

        open = open > text.Length - HexWords.LongestOpenRow ? Math.Min(open, HexWords.OpenRow(text)) : open;
        return FindInRun(text, depth, open, levels);
    }

    /// <summary>The start of the escape that <paramref name="at"/> lies inside of, on any level: nothing may be cut there.</summary>
    public static int StartOfEscapeAround(ReadOnlySpan<byte> text, int at, Level[] levels)
    {
        if (at == text.Length)
        {
            return at;
        }

        var from = Math.Max(0, at - StretchReader.Near);
        from += text[from..at].LastIndexOfAnyExcept(InsideOfEscapes) + 1;
        var to = Math.Min(text.Length, at + EscapeReader.MaxSpelling);
        if (!text[from..at].ContainsAny(EscapeReader.FirstBytes(Decodings.Escapes)))
        {
            return at;
        }

        while (from > 0 && at - from < 2 * StretchReader.Near && text[from - 1] == '\\')
        {
            from--;
        }

        for (var depth = 1; depth < levels.Length; depth++)
        {
            if (depth == 1)
            {
                levels[1].ReadView(text, from, to, Decodings.Escapes);
            }
            else
            {
                levels[depth].ReadView(levels[depth - 1].Text, 0, levels[depth - 1].Text.Length, Decodings.Escapes);
            }

            if (!levels[depth].View.HasSpellings)
            {
                break; // what is behind it reads the same
            }

            var inView = at;
            for (var above = 1; above < depth; above++)
            {
                inView = levels[above].View.ViewPositionOf(inView);
            }

            inView = levels[depth].View.SpellingStartAround(inView);
            for (var above = depth - 1; above > 0; above--)
            {
                inView = levels[above].View.TextStartOf(inView);
            }

            at = Math.Min(at, inView);
        }

        return at;
    }

    private int FindInStretches(ReadOnlySpan<byte> text, int depth, int open, Level[] levels)
    {
        var stretches = levels[depth].Stretches;
        var floor = TailOf(text);
        TriggerFinder.Find(text, floor, stretches);
        for (var next = 0; next < stretches.Count;)
        {
            var stretch = StretchReader.TakeNext(text, stretches, ref next);
            var from = StretchReader.LeftEdge(text, stretch.Start, floor, plain);
            foreach (var decoding in DecodingOrder.Of(stretch.Decodings))
            {
                var reader = new StretchReader(text, stretch, from, decoding, levels[depth + 1]);
                while (reader.TryRead() && reader.MoveOn(Find(levels[depth + 1].Text, depth + 1, reader.Limit, levels)))
                {
                }

                open = Math.Min(open, reader.OpenAt);
            }

            floor = stretch.End;
        }

        return open;
    }

    private int FindInRun(ReadOnlySpan<byte> text, int depth, int open, Level[] levels)
    {
        if (!Level.MayHoldRuns(levels, depth) || (open <= text.Length - RunText.MinLine && open <= RunText.StartOfLastLines(text)))
        {
            return open;
        }

        var run = levels[depth + 1].Run;
        var start = StartOfRun(text, run);
        if (start >= open)
        {
            return open;
        }

        var isLong = text.Length - start >= RunText.MinLine;
        run.Read(text, start, text.Length - start);
        if (!isLong)
        {
            return IsOpenWord(depth + 1, levels) ? start : open;
        }

        var first = run.Characters.Length;
        var tail = Math.Max(0, first - (2 * plain.LongestForm) - MinTail);
        var nearTail = first - (2 * plain.LongestValue) - MinTail;
        for (var i = 0; i < RunAlphabet.All.Length; i++)
        {
            var alphabet = RunAlphabet.All[i];
            var from = Math.Max(tail, alphabet.StartOfLast(run.Characters));
            var phases = alphabet.Codec == RunCodec.Base64 ? Base64Text.PhasesOf(run.Characters[from..]) : ~0;
            for (var phase = 0; phase < alphabet.Codec.Characters && from + phase < run.Characters.Length; phase++)
            {
                // What is no text so far holds nothing long: only a value, or a token's beginning.
                var skipped = (phases & (1 << phase)) != 0 ? 0 : Math.Max(0, nearTail - from - phase) / alphabet.Codec.Characters * alphabet.Codec.Characters;
                levels[depth + 1].ReadRun(alphabet.Codec, from + phase + skipped, run.Characters.Length);
                first = Math.Min(first, OpenCharacter(depth + 1, levels));
            }
        }

        if (first == run.Characters.Length)
        {
            return open;
        }

        return Math.Min(open, run.TextPositionOf(first));
    }

    /// <summary>
    /// True if a run that is no longer than a word may become one with a secret in it. Most words are none: what begins where the run does, and
    /// spells text so far, begins with few of the letters.
    /// </summary>
    private bool IsOpenWord(int depth, Level[] levels)
    {
        var level = levels[depth];
        for (var i = 0; i < RunAlphabet.All.Length; i++)
        {
            var alphabet = RunAlphabet.All[i];
            var start = alphabet.StartOfLast(level.Run.Characters);
            if ((alphabet.IsOfWords && depth == 1) || start == level.Run.Characters.Length)
            {
                continue;
            }

            // In a view nothing is ordinary: there a run may begin inside of a group.
            var phases = depth == 1 ? 1 : Math.Min(alphabet.Codec.Characters, level.Run.Characters.Length - start);
            for (var phase = 0; phase < phases; phase++)
            {
                if (!SpellsText(alphabet.Codec, level.Run.Characters[(start + phase)..]))
                {
                    continue;
                }

                level.ReadRun(alphabet.Codec, start + phase, level.Run.Characters.Length);
                if (MayBeginInGroup(depth, level) || Find(level.Text, depth, level.Text.Length, levels) < level.Text.Length)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Nearly no word does: that is found out without a buffer.</summary>
    private static bool SpellsText(RunCodec codec, ReadOnlySpan<byte> word)
    {
        Span<byte> bytes = stackalloc byte[RunText.MinLine];
        var isText = TextBytes.AreReadable(bytes[..codec.Decode(word, bytes)]);
        bytes.Clear();
        return isText;
    }

    /// <summary>The first character of the group in which the earliest open byte of the decoded run lies; the number of characters if none is open.</summary>
    private int OpenCharacter(int depth, Level[] levels)
    {
        var level = levels[depth];
        var length = level.RunBytes.Length;
        var start = TextBytes.StartOfLast(level.RunBytes);
        level.Choose(start, length);
        var open = start == length ? length : start + Find(level.Text, depth, length - start, levels);
        if (open < length)
        {
            return level.CharacterOf(open);
        }

        return !level.IsRunWhole && (length - start >= TextBytes.MinLength || MayBeginInGroup(depth, level))
            ? level.CharacterOf(length)
            : level.Run.Characters.Length;
    }

    /// <summary>
    /// True if a secret may begin in a group that is not whole yet, so that all of the group will be replaced. Of base64 in the raw text, whoever
    /// cuts it keeps that much by itself (<see cref="Base64Quads.ReachBefore"/>).
    /// </summary>
    private bool MayBeginInGroup(int depth, Level level) =>
        !level.IsRunWhole && (depth > 1 || level.Codec == RunCodec.Base32 || MayBegin(level.LastBits, level.LastBitCount));

    private bool MayBegin(int bits, int count)
    {
        var rest = 8 - count;
        return count > 0 && _beginnings.Value.AsSpan(bits << rest, 1 << rest).Contains(true);
    }

    /// <summary>Where the run begins that reaches the end of the text or a line end there; the length of the text if there is none.</summary>
    private int StartOfRun(ReadOnlySpan<byte> text, RunText run)
    {
        for (var at = Math.Max(TailOf(text), RunText.StartOfLastLines(text)); (at = RunText.NextLine(text, at)) >= 0; at = run.TextEnd)
        {
            run.Read(text, at, text.Length - at);
            if (run.TextEnd == text.Length)
            {
                return at;
            }
        }

        return RunText.StartOfLast(text);
    }

    private int TailOf(ReadOnlySpan<byte> text) => Math.Max(0, text.Length - MinTail - (Expansion * plain.LongestForm));

    /// <summary>By byte: whether a finding may begin with it.</summary>
    private static bool[] BeginningsOf(IPlainSearch plain)
    {
        var beginnings = new bool[256];
        var scratch = new List<Detection>();
        for (var b = 0; b < beginnings.Length; b++)
        {
            beginnings[b] = plain.EarliestOpenPlain([(byte)b], 1, scratch) == 0;
        }

        return beginnings;
    }
}
