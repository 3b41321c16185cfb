using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Finds what stands behind encodings. Around what looks encoded, a view is made of how its reader would read it; what stands plainly in the
/// view is found and carried back to the text; and the view is looked at for what is encoded in it, four levels deep.
/// <code>
///   text     … %22key%22%3A%22c2VjcmV0\u002fVmFsdWU%3D%22 …
///                     │ escapes                            a stretch around the triggers, as far as something is open
///   view 1         "key":"c2VjcmV0/VmFsdWU="
///                     │ base64, each phase                 long runs of its characters, where they decode to text
///   view 2                secret?Value                     what is plain here is found
/// </code>
/// What a stretch decodes to does not depend on where it begins, and one at whose end something is open grows: so the result is the same
/// however a text is cut. Stretches do not overlap but for their edges: time is linear in the text on each level.
/// </summary>
internal sealed class EncodedSearch(IPlainSearch plain)
{
    /// <summary>Decodings one inside the other.</summary>
    public const int MaxDepth = 4;

    // Characters of a run that are decoded at once.
    private const int RunWindow = 64 * 1024;

    // What a rule reads before a token, in characters.
    private const int RunContext = 256;

    private readonly EncodedOpening _opening = new(plain);
    private Level[]? _spare;

    /// <summary>One search of a text, with the buffers that it takes. Dispose it.</summary>
    public Search Begin() => new(this, Interlocked.Exchange(ref _spare, null) ?? NewLevels());

    /// <summary>How many bytes are decoded to search <paramref name="text"/>, on all levels together: for tests, which must not depend on time.</summary>
    internal long WorkOf(ReadOnlySpan<byte> text)
    {
        var levels = NewLevels();
        FindEncoded(text, text, 0, levels, []);
        var work = levels.Sum(level => level.Work);
        Return(levels);
        return work;
    }

    private static Level[] NewLevels() => [.. Enumerable.Range(0, MaxDepth + 1).Select(_ => new Level())];

    private void Return(Level[] levels)
    {
        foreach (var level in levels)
        {
            level.Dispose();
        }

        _spare = levels;
    }

    /// <param name="text">The view of level <paramref name="depth"/>; of level 0, <paramref name="raw"/> itself.</param>
    private void FindEncoded(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, int depth, Level[] levels, List<Detection> into)
    {
        if (depth == MaxDepth)
        {
            return;
        }

        var stretches = levels[depth].Stretches;
        TriggerFinder.Find(text, 0, stretches);
        var floor = 0;
        for (var next = 0; next < stretches.Count;)
        {
            var stretch = StretchReader.TakeNext(text, stretches, ref next);
            var from = StretchReader.LeftEdge(text, stretch.Start, floor, plain);
            foreach (var decoding in DecodingOrder.Of(stretch.Decodings))
            {
                FindInStretch(raw, new StretchReader(text, stretch, from, decoding, levels[depth + 1]), depth + 1, levels, into);
            }

            floor = stretch.End;
        }

        if (Level.MayHoldRuns(levels, depth))
        {
            FindInRuns(raw, text, depth + 1, levels, into);
        }
    }

    private void FindInStretch(ReadOnlySpan<byte> raw, StretchReader reader, int depth, Level[] levels, List<Detection> into)
    {
        while (reader.TryRead())
        {
            var open = plain.FindPlain(levels[depth].Text, reader.Limit, new ViewOrigin(raw, levels, depth), levels[depth].Found);
            FindInView(raw, depth, levels, into);
            if (!reader.MoveOn(_opening.FindInSearched(levels[depth].Text, depth, open, levels)))
            {
                break;
            }
        }

        levels[depth - 1].OpenAt = Math.Min(levels[depth - 1].OpenAt, reader.OpenAt);
    }

    private void FindInRuns(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, int depth, Level[] levels, List<Detection> into)
    {
        var run = levels[depth].Run;
        for (var at = 0; (at = RunText.NextLine(text, at)) >= 0;)
        {
            if (ShortRun.SpellsNothing(text, at, out var end))
            {
                at = end;
                continue;
            }

            var isInside = false;
            for (var window = RunWindow; ; isInside = true)
            {
                run.Read(text, at, window, isInside);
                var length = run.Characters.Length;
                var isCut = length == window;
                var open = FindInRun(raw, isCut, depth, levels, into);
                if (!isCut)
                {
                    at = run.TextEnd;
                    break;
                }

                var next = Math.Max(0, open - RunContext);
                at = run.TextPositionOf(next);
                window = next < length / 2 ? 2 * window : window;
            }
        }
    }

    /// <summary>Looks at all that the run may decode to; returns the character from which on it must be looked at again with more of the run.</summary>
    private int FindInRun(ReadOnlySpan<byte> raw, bool isCut, int depth, Level[] levels, List<Detection> into)
    {
        var level = levels[depth];
        var open = level.Run.Characters.Length;
        foreach (var alphabet in RunAlphabet.All)
        {
            var phases = alphabet.Codec == RunCodec.Base64 && !isCut ? Base64Text.PhasesOf(level.Run.Characters) : ~0;
            for (var at = 0; alphabet.TryFindNext(level.Run.Characters, at, out var start, out var end); at = end)
            {
                for (var phase = 0; phase < alphabet.Codec.Characters; phase++)
                {
                    if ((phases & (1 << phase)) == 0)
                    {
                        continue;
                    }

                    level.ReadRun(alphabet.Codec, start + phase, end);
                    FindInRunBytes(raw, depth, levels, into);
                    if (isCut && end == level.Run.Characters.Length)
                    {
                        open = Math.Min(open, level.CharacterOf(OpenByte(depth, levels)));
                    }
                }
            }
        }

        return open;
    }

    private void FindInRunBytes(ReadOnlySpan<byte> raw, int depth, Level[] levels, List<Detection> into)
    {
        var level = levels[depth];
        for (var at = 0; TextBytes.TryFindNext(level.RunBytes, at, out var start, out var end); at = end)
        {
            level.Choose(start, end);
            plain.FindPlain(level.Text, level.Found);
            FindInView(raw, depth, levels, into);
        }
    }

    private int OpenByte(int depth, Level[] levels)
    {
        var level = levels[depth];
        var start = TextBytes.StartOfLast(level.RunBytes);
        level.Choose(start, level.RunBytes.Length);
        return start + _opening.Find(level.Text, depth, level.RunBytes.Length - start, levels);
    }

    /// <summary>Looks at the view of level <paramref name="depth"/>, and takes what was found plainly in it.</summary>
    private void FindInView(ReadOnlySpan<byte> raw, int depth, Level[] levels, List<Detection> into)
    {
        var level = levels[depth];
        foreach (var found in level.Found)
        {
            // An encoded reference stays as it is. It hid what it spells, and nothing else.
            if (found.Kind != FindingKind.Reference)
            {
                Emit(raw, depth, found, levels, into);
            }
        }

        FindEncoded(raw, level.Text, depth, levels, into);
    }

    private static void Emit(ReadOnlySpan<byte> raw, int depth, Detection detection, Level[] levels, List<Detection> into)
    {
        var isOrdinary = true;
        for (; depth > 0; depth--)
        {
            if (!levels[depth].TryMapUp(depth == 1 ? raw : levels[depth - 1].Text, ref detection, out var isOrdinaryHere))
            {
                return;
            }

            isOrdinary &= isOrdinaryHere;
        }

        // What only ordinary escapes spell is found in its forms, or nowhere: not because something else stands near it.
        if (!isOrdinary)
        {
            into.Add(detection);
        }
    }

    /// <summary>First <see cref="Find"/>, then <see cref="EarliestOpen"/>, of one text.</summary>
    internal readonly ref struct Search(EncodedSearch search, Level[] levels)
    {
        /// <summary>Adds what stands in <paramref name="text"/> behind at least one encoding.</summary>
        public void Find(ReadOnlySpan<byte> text, List<Detection> into)
        {
            levels[0].OpenAt = text.Length;
            search.FindEncoded(text, text, 0, levels, into);
        }

        /// <summary>
        /// The smallest position before <paramref name="limit"/> from which more bytes could complete something encoded; the limit if nothing is open.
        /// Never inside an escape.
        /// </summary>
        public int EarliestOpen(ReadOnlySpan<byte> text, int limit)
        {
            var open = search._opening.FindBehindStretches(text, 0, Math.Min(limit, levels[0].OpenAt), levels);
            return EncodedOpening.StartOfEscapeAround(text, open, levels);
        }

        public void Dispose() => search.Return(levels);
    }
}
