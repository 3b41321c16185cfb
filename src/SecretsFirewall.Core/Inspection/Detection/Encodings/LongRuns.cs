using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>Finds runs of at least <see cref="RunText.MinLine"/> characters of an alphabet.</summary>
internal static class LongRuns
{
    private const int EighthLength = BlockPositions.BlockLength / 8;
    private const ulong FirstBits = 0x0101_0101_0101_0101;
    private const ulong LastBits = 0x8080_8080_8080_8080;

    /// <summary>Where the next one begins, from <paramref name="from"/> on; −1 if there is none.</summary>
    public static int Next<TCharacters>(ReadOnlySpan<byte> text, int from)
        where TCharacters : struct, IRunCharacters
    {
        var (before, filledBefore, pairsBefore) = (0UL, 0UL, 0UL);
        for (var at = from; at < text.Length; at += BlockPositions.BlockLength)
        {
            // A long run fills two neighbouring eighths of blocks, and is long enough with the bit behind them, or a few bits later. Nearly every block is
            // done with when it has no such pair. (Some eighths behind a filled one only seem to be.)
            var marks = TCharacters.In(BlockAt(text, at));
            var filled = (~marks - FirstBits) & marks & LastBits;
            var pairs = filled & ((filled << EighthLength) | (filledBefore >> (BlockPositions.BlockLength - EighthLength)));
            if ((pairs | (pairsBefore >> (BlockPositions.BlockLength - 1))) != 0)
            {
                // The run that goes on from the block before, then one that lies in this block.
                var run = BitOperations.LeadingZeroCount(~before);
                if (run + BitOperations.TrailingZeroCount(~marks) >= RunText.MinLine)
                {
                    return at - run;
                }

                var starts = StartsIn(marks);
                if (starts != 0)
                {
                    return at + BitOperations.TrailingZeroCount(starts);
                }
            }

            (before, filledBefore, pairsBefore) = (marks, filled, pairs);
        }

        return -1;
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

    /// <summary>Of the last block, zeros behind the text's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> BlockAt(ReadOnlySpan<byte> text, int at) =>
        at <= text.Length - BlockPositions.BlockLength
            ? Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at)
            : LastBlock(text[at..]);

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
