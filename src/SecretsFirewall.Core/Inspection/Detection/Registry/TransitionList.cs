using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Lists the transitions of a stretch of text: where a letter follows a digit, a digit a letter, or a capital a small letter. Ordinary text has few,
/// and nearly every secret one. They are collected first and probed afterwards, so that neither loop has a branch that the processor cannot foresee.
/// </summary>
internal static class TransitionList
{
    private const byte CaseBit = 0x20;

    /// <summary>Writes the offsets from <paramref name="from"/> of the transitions in [from, to), where the second byte of each pair lies; returns their number.</summary>
    /// <param name="to">At most <see cref="BlockPositions.StretchLength"/> behind <paramref name="from"/>.</param>
    /// <param name="offsets">Has <see cref="BlockPositions.Capacity"/> places.</param>
    public static int Collect(ReadOnlySpan<byte> text, int from, int to, Span<ushort> offsets)
    {
        var count = 0;
        var at = from;
        if (at == 0 && at < to)
        {
            at++; // nothing stands before the first byte
        }

        for (ref var start = ref MemoryMarshal.GetReference(text); at <= to - BlockPositions.BlockLength; at += BlockPositions.BlockLength)
        {
            ref var block = ref Unsafe.Add(ref start, at);
            var marks = Transitions(Vector512.LoadUnsafe(ref Unsafe.Subtract(ref block, 1)), Vector512.LoadUnsafe(ref block));
            count = BlockPositions.Append(marks, at - from, offsets, count);
        }

        for (; at < to; at++)
        {
            offsets[count] = (ushort)(at - from);
            count += IsTransition(text[at - 1], text[at]) ? 1 : 0;
        }

        return count;
    }

    public static bool IsTransition(byte before, byte after) =>
        (char.IsAsciiLetter((char)before) && char.IsAsciiDigit((char)after))
        || (char.IsAsciiDigit((char)before) && char.IsAsciiLetter((char)after))
        || (char.IsAsciiLetterLower((char)before) && char.IsAsciiLetterUpper((char)after));

    /// <summary>Not zero where there is a transition from a byte of <paramref name="before"/> to that of <paramref name="after"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Transitions(Vector512<byte> before, Vector512<byte> after)
    {
        var (lettersBefore, letters) = (Letters(before), Letters(after));
        var capitalFollowsSmall = Vector512.GreaterThan(before & ~after & Vector512.Create(CaseBit), Vector512<byte>.Zero);
        return (lettersBefore & Digits(after)) | (Digits(before) & letters) | (lettersBefore & letters & capitalFollowsSmall);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Letters(Vector512<byte> bytes) =>
        Vector512.LessThanOrEqual((bytes | Vector512.Create(CaseBit)) - Vector512.Create((byte)'a'), Vector512.Create((byte)25));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Digits(Vector512<byte> bytes) => Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)9));
}
