using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Tells the runs that spell nothing from those that may, before anything of them is copied: text is full of long names and paths. Only for those
/// of one line that a block holds; of others it says nothing.
/// </summary>
internal static class ShortRun
{
    /// <summary>True if no alphabet makes text of the run that begins at <paramref name="start"/>.</summary>
    /// <param name="end">Then its end.</param>
    public static bool SpellsNothing(ReadOnlySpan<byte> text, int start, out int end)
    {
        end = start;
        if (start > text.Length - BlockPositions.BlockLength)
        {
            return false;
        }

        var block = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)start);
        var marks = RunCharacters.Base64.In(block);
        var length = BitOperations.TrailingZeroCount(~marks);
        if (length == BlockPositions.BlockLength)
        {
            return false;
        }

        end = start + length;
        var run = (1UL << length) - 1;
        return LongRuns.StartsIn(RunCharacters.Hex.In(block) & run) == 0
            && LongRuns.StartsIn(RunCharacters.Base32Lower.In(block) & run) == 0
            && LongRuns.StartsIn(RunCharacters.Base32Upper.In(block) & run) == 0
            && !RunText.GoesOnBehind(text, end)
            && !Base64Text.MaySpell(block, text[start..end]);
    }
}
