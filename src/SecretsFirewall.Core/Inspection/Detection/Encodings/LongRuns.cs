using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>Finds runs of at least <see cref="RunText.MinLine"/> characters of an alphabet.</summary>
internal static class LongRuns
{
    /// <summary>Where the next one begins, from <paramref name="from"/> on; −1 if there is none.</summary>
    public static int Next<TCharacters>(ReadOnlySpan<byte> text, int from)
        where TCharacters : struct, IRunCharacters
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var (at, before) = (from, 0);
        for (; at <= text.Length - BlockPositions.BlockLength; at += BlockPositions.BlockLength)
        {
            if (TryFindStart(TCharacters.In(Vector512.LoadUnsafe(ref first, (nuint)at)), ref before, out var start))
            {
                return at + start;
            }
        }

        return at < text.Length && TryFindStart(TCharacters.In(LastBlock(text[at..])), ref before, out var last) ? at + last : -1;
    }

    /// <param name="before">How many bytes of a run stand directly before the block; then, before the next one.</param>
    /// <param name="start">From the beginning of the block, before which it may lie.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFindStart(ulong marks, ref int before, out int start)
    {
        var starts = StartsIn(marks);
        var goesOn = before + BitOperations.TrailingZeroCount(~marks) >= RunText.MinLine;
        start = goesOn ? -before : BitOperations.TrailingZeroCount(starts);
        before = BitOperations.LeadingZeroCount(~marks);
        return goesOn | (starts != 0);
    }

    /// <summary>Of runs of at least <see cref="RunText.MinLine"/> bits, the bits that are so far from the run's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong StartsIn(ulong marks)
    {
        var two = marks & (marks >> 1);
        var four = two & (two >> 2);
        var eight = four & (four >> 4);
        var sixteen = eight & (eight >> 8);
        return sixteen & (eight >> 16);
    }

    /// <summary>Zeros stand behind the text's end.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<byte> LastBlock(ReadOnlySpan<byte> rest)
    {
        Span<byte> padded = stackalloc byte[BlockPositions.BlockLength];
        padded.Clear();
        rest.CopyTo(padded);
        var block = Vector512.Create<byte>(padded);
        padded.Clear();
        return block;
    }
}
