using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Finds the triggers and joins those that stand near one another. Where the processor can, 64 places at a time: each of three bytes is looked up in
/// tables of eight groups, and a place where no group has all three is done with.
/// </summary>
internal static class TriggerFinder
{
    /// <summary>Triggers that are not farther apart than this are one stretch.</summary>
    public const int Near = 320;

    private const int TableLength = 128;

    // Position × 128 bytes: bit b of the byte for c says that a trigger of group b has c there. Of c only seven bits count.
    private static readonly AlignedBytes Tables = CreateTables();

    private static readonly ushort[][] Members = CreateMembers();

    /// <summary>Replaces the content of <paramref name="into"/> by the stretches of <paramref name="text"/> from <paramref name="from"/> on, in order.</summary>
    public static void Find(ReadOnlySpan<byte> text, int from, List<EncodedStretch> into)
    {
        into.Clear();
        var at = from;
        if (Avx512Vbmi.IsSupported)
        {
            ref var start = ref MemoryMarshal.GetReference(text);
            ref var tables = ref Tables.First;
            for (; at <= text.Length - BlockPositions.BlockLength - 2; at += BlockPositions.BlockLength)
            {
                ref var block = ref Unsafe.Add(ref start, at);
                var groups = LookUp(ref tables, 0, ref block) & LookUp(ref tables, 1, ref block) & LookUp(ref tables, 2, ref block);
                for (var hits = Vector512.GreaterThan(groups, Vector512<byte>.Zero).ExtractMostSignificantBits(); hits != 0; hits &= hits - 1)
                {
                    Add(text, at + BitOperations.TrailingZeroCount(hits), into);
                }
            }
        }

        for (; at <= text.Length - 3; at++)
        {
            Add(text, at, into);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LookUp(ref byte tables, int position, ref byte block) =>
        Avx512Vbmi.PermuteVar64x8x2(
            Vector512.LoadUnsafe(ref tables, (nuint)(position * TableLength)),
            Vector512.LoadUnsafe(ref block, (nuint)position),
            Vector512.LoadUnsafe(ref tables, (nuint)((position * TableLength) + (TableLength / 2))));

    private static void Add(ReadOnlySpan<byte> text, int at, List<EncodedStretch> into)
    {
        var triggers = Members[0][text[at]] & Members[1][text[at + 1]] & Members[2][text[at + 2]];
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

    private static AlignedBytes CreateTables()
    {
        var tables = new AlignedBytes(3 * TableLength);
        foreach (var trigger in EncodingTriggers.All)
        {
            foreach (var (position, set) in new[] { trigger.First, trigger.Second, trigger.Third }.Index())
            {
                foreach (var member in set.Members)
                {
                    tables.Span[(position * TableLength) + (member & (TableLength - 1))] |= (byte)(1 << trigger.Group);
                }
            }
        }

        return tables;
    }

    private static ushort[][] CreateMembers()
    {
        ushort[][] members = [new ushort[256], new ushort[256], new ushort[256]];
        foreach (var trigger in EncodingTriggers.All)
        {
            foreach (var (position, set) in new[] { trigger.First, trigger.Second, trigger.Third }.Index())
            {
                foreach (var member in set.Members)
                {
                    members[position][member] |= (ushort)(1 << trigger.Id);
                }
            }
        }

        return members;
    }
}
