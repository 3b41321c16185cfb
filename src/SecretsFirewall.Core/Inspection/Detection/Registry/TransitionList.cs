using System.Numerics;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Lists the letter/digit transitions of a stretch of text. They are collected first and probed afterwards, so that neither loop has a branch
/// that the processor cannot foresee.
/// </summary>
internal static class TransitionList
{
    /// <summary>Bytes of text that are listed at once: offsets fit 16 bits and the list fits the first-level cache beside the text.</summary>
    public const int StretchLength = 2048;

    // Positions that are written for every 64 bytes, needed or not: text has fewer transitions than that nearly everywhere.
    private const int WrittenAtOnce = 4;

    /// <summary>What a list must hold: a transition at every byte, and the ones that are written in vain.</summary>
    public const int Capacity = StretchLength + WrittenAtOnce;

    /// <summary>Writes the offsets from <paramref name="from"/> of the transitions in [from, to), where the second byte of each pair lies; returns their number.</summary>
    public static int Collect(ReadOnlySpan<byte> text, int from, int to, Span<ushort> offsets)
    {
        var letterBefore = from > 0 && char.IsAsciiLetter((char)text[from - 1]) ? 1UL : 0;
        var digitBefore = from > 0 && char.IsAsciiDigit((char)text[from - 1]) ? 1UL : 0;
        var count = 0;
        var block = from;
        for (; block <= to - CharacterClasses.BlockLength; block += CharacterClasses.BlockLength)
        {
            CharacterClasses.Classify(text.Slice(block, CharacterClasses.BlockLength), out var letters, out var digits);
            var transitions = (((letters << 1) | letterBefore) & digits) | (((digits << 1) | digitBefore) & letters);
            letterBefore = letters >> 63;
            digitBefore = digits >> 63;
            count = Append(transitions, block - from, offsets, count);
        }

        for (; block < to; block++)
        {
            if (block > 0 && CharacterClasses.IsTransition(text[block - 1], text[block]))
            {
                offsets[count++] = (ushort)(block - from);
            }
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Append(ulong transitions, int block, Span<ushort> offsets, int count)
    {
        var end = count + BitOperations.PopCount(transitions);
        var next = offsets.Slice(count, WrittenAtOnce);
        for (var i = 0; i < WrittenAtOnce; i++)
        {
            next[i] = (ushort)(block + BitOperations.TrailingZeroCount(transitions));
            transitions &= transitions - 1;
        }

        for (count += WrittenAtOnce; transitions != 0; transitions &= transitions - 1)
        {
            offsets[count++] = (ushort)(block + BitOperations.TrailingZeroCount(transitions));
        }

        return end;
    }
}
