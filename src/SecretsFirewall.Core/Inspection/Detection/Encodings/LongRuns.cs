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
        var run = 0;
        for (var at = from; at < text.Length; at += BlockPositions.BlockLength)
        {
            // The run that goes on from the block before, then one that lies in this block.
            var marks = TCharacters.In(BlockAt(text, at));
            if (run + BitOperations.TrailingZeroCount(~marks) >= RunText.MinLine)
            {
                return at - run;
            }

            var starts = StartsIn(marks);
            if (starts != 0)
            {
                return at + BitOperations.TrailingZeroCount(starts);
            }

            run = BitOperations.LeadingZeroCount(~marks);
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
