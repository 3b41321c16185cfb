using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Finds the triggers and joins those that stand near one another. Where the processor can, 64 places at a time: each of four bytes is looked up in
/// tables of eight groups, and a place where no group has all four is done with.
/// </summary>
internal static class TriggerFinder
{
    /// <summary>Triggers that are not farther apart than this are one stretch.</summary>
    public const int Near = 320;

    private const int TableLength = 128;

    // Bytes of a trigger behind its first.
    private const int Overhang = 3;

    // Position × 128 bytes: bit b of the byte for c says that a trigger of group b has c there. Of c only seven bits count.
    private static readonly AlignedBytes Tables = CreateTables();

    // By byte: a bit for each trigger that has it there.
    private static readonly ushort[] First = CreateMembers(trigger => trigger.First);

    private static readonly ushort[] Second = CreateMembers(trigger => trigger.Second);

    private static readonly ushort[] Third = CreateMembers(trigger => trigger.Third);

    // Bits of the triggers that begin a row of words.
    private static readonly int OfHexWords = CreateOfHexWords();

    /// <summary>Replaces the content of <paramref name="into"/> by the stretches of <paramref name="text"/> from <paramref name="from"/> on, in order.</summary>
    public static void Find(ReadOnlySpan<byte> text, int from, List<EncodedStretch> into)
    {
        into.Clear();
        var at = from;
        if (Avx512Vbmi.IsSupported)
        {
            ref var start = ref MemoryMarshal.GetReference(text);
            var last = text.Length - BlockPositions.BlockLength - Overhang;
            while ((at = NextBlock(ref start, at, last, out var hits)) <= last)
            {
                AddAll(text, at, hits, into);
                at += BlockPositions.BlockLength;
            }

            // What is left is the end of a block that has been read in part.
            if (last >= from && at - last < BlockPositions.BlockLength)
            {
                NextBlock(ref start, last, last, out var hits);
                AddAll(text, last, hits & (ulong.MaxValue << (at - last)), into);
                at = last + BlockPositions.BlockLength;
            }
        }

        for (; at <= text.Length - 3; at++)
        {
            Add(text, at, TriggersAt(text, at), into);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddAll(ReadOnlySpan<byte> text, int block, ulong hits, List<EncodedStretch> into)
    {
        for (; hits != 0; hits &= hits - 1)
        {
            var hit = block + BitOperations.TrailingZeroCount(hits);
            var triggers = TriggersAt(text, hit);
            if ((triggers & ~OfHexWords) != 0 || (triggers != 0 && HexWords.MayBeRow(text, hit + HexWords.WordInTrigger)))
            {
                Add(text, hit, triggers, into);
            }
        }
    }

    /// <summary>The next block in which a trigger may begin, up to that at <paramref name="last"/>. Apart, so that the tables stay in registers.</summary>
    /// <param name="hits">Where in it, a bit for each place.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int NextBlock(ref byte text, int at, int last, out ulong hits)
    {
        ref var tables = ref Tables.First;
        var (firstLow, firstHigh) = TablesOf(ref tables, 0);
        var (secondLow, secondHigh) = TablesOf(ref tables, 1);
        var (thirdLow, thirdHigh) = TablesOf(ref tables, 2);
        var (fourthLow, fourthHigh) = TablesOf(ref tables, 3);
        for (; at <= last; at += BlockPositions.BlockLength)
        {
            ref var block = ref Unsafe.Add(ref text, at);
            var groups = Avx512Vbmi.PermuteVar64x8x2(firstLow, Vector512.LoadUnsafe(ref block), firstHigh)
                & Avx512Vbmi.PermuteVar64x8x2(secondLow, Vector512.LoadUnsafe(ref block, 1), secondHigh)
                & Avx512Vbmi.PermuteVar64x8x2(thirdLow, Vector512.LoadUnsafe(ref block, 2), thirdHigh)
                & Avx512Vbmi.PermuteVar64x8x2(fourthLow, Vector512.LoadUnsafe(ref block, 3), fourthHigh);
            hits = Vector512.GreaterThan(groups, Vector512<byte>.Zero).ExtractMostSignificantBits();
            if (hits != 0)
            {
                return at;
            }
        }

        hits = 0;
        return at;
    }

    private static (Vector512<byte> Low, Vector512<byte> High) TablesOf(ref byte tables, int position) =>
        (Vector512.LoadUnsafe(ref tables, (nuint)(position * TableLength)), Vector512.LoadUnsafe(ref tables, (nuint)((position * TableLength) + (TableLength / 2))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TriggersAt(ReadOnlySpan<byte> text, int at) => First[text[at]] & Second[text[at + 1]] & Third[text[at + 2]];

    // Seldom called: in the loop it would take its registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(ReadOnlySpan<byte> text, int at, int triggers, List<EncodedStretch> into)
    {
        for (; triggers != 0; triggers &= triggers - 1)
        {
            var decodings = EncodingTriggers.Confirms(EncodingTriggers.All[BitOperations.TrailingZeroCount(triggers)], text, at, out var end);
            if (decodings == Decodings.None)
            {
                continue;
            }

            if (into.Count > 0 && at - into[^1].End <= Near)
            {
                into[^1] = new(into[^1].Start, Math.Max(end, into[^1].End), into[^1].Decodings | decodings);
            }
            else
            {
                into.Add(new(at, end, decodings));
            }
        }
    }

    private static int CreateOfHexWords()
    {
        var ofHexWords = 0;
        foreach (var trigger in EncodingTriggers.All)
        {
            ofHexWords |= trigger.Decodings == Decodings.HexWords ? 1 << trigger.Id : 0;
        }

        return ofHexWords;
    }

    private static AlignedBytes CreateTables()
    {
        var tables = new AlignedBytes(4 * TableLength);
        foreach (var trigger in EncodingTriggers.All)
        {
            foreach (var (position, set) in new[] { trigger.First, trigger.Second, trigger.Third, trigger.Fourth }.Index())
            {
                foreach (var member in set.Members)
                {
                    tables.Span[(position * TableLength) + (member & (TableLength - 1))] |= (byte)(1 << trigger.Group);
                }
            }
        }

        return tables;
    }

    private static ushort[] CreateMembers(Func<EncodingTrigger, ByteSet> position)
    {
        var members = new ushort[256];
        foreach (var trigger in EncodingTriggers.All)
        {
            foreach (var member in position(trigger).Members)
            {
                members[member] |= (ushort)(1 << trigger.Id);
            }
        }

        return members;
    }
}
