using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Lists the windows of a text that may be those of a form, before any is looked at by itself: they have only bytes that windows have, and a
/// transition in their middle. Most of what looks like a transition in ordinary text has a blank, a bracket or a dot beside it.
/// <code>
///   text          … take(word3) … key=a8Xk20Qw9f …
///   transitions            1           11 11 1       behind such a byte
///   members         1111 11111    111 1111111111
///   windows                            11             eight members from there on, a transition in their middle
/// </code>
/// Each step takes 64 bytes, and the windows that lie in them.
/// </summary>
internal sealed class WindowFinder(Transitions transitions)
{
    private const int WindowLength = WindowChooser.WindowLength;

    /// <summary>Windows that lie in a block.</summary>
    private const int Step = BlockPositions.BlockLength - WindowLength + 1;

    // The block, and the byte behind its last one.
    private const int ReadLength = BlockPositions.BlockLength + 1;

    /// <summary>Lists the windows that begin in [<paramref name="from"/>, <paramref name="to"/>), <see cref="BlockPositions.StretchLength"/> at most, by their offset from there.</summary>
    /// <param name="to">So far from the text's end that each window lies in it.</param>
    /// <returns>How many there are.</returns>
    public int List(ReadOnlySpan<byte> text, int from, int to, Span<ushort> offsets)
    {
        var inPlace = Math.Min(to - from, text.Length - ReadLength - from + 1);
        var steps = inPlace <= 0 ? 0 : (inPlace + Step - 1) / Step;
        var count = ListBlocks(ref MemoryMarshal.GetReference(text[from..]), steps, 0, offsets, 0);
        Span<byte> padded = stackalloc byte[ReadLength];
        for (var at = steps * Step; at < to - from; at += Step)
        {
            padded.Clear();
            var rest = text[(from + at)..];
            rest[..Math.Min(rest.Length, ReadLength)].CopyTo(padded);
            count = ListBlocks(ref MemoryMarshal.GetReference(padded), 1, at, offsets, count);
        }

        padded.Clear();
        while (count > 0 && offsets[count - 1] >= to - from)
        {
            count--;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ListBlocks(ref byte text, int steps, int offset, Span<ushort> offsets, int count)
    {
        ref var before = ref transitions.Before;
        ref var behind = ref transitions.Behind;
        if (!Avx512Vbmi.IsSupported)
        {
            for (; steps > 0; steps--, offset += Step, text = ref Unsafe.Add(ref text, Step))
            {
                count = BlockPositions.AppendFew(WindowsIn(ref text, ref before, ref behind), offset, offsets, count);
            }

            return count;
        }

        var (beforeLow, beforeHigh) = (Vector512.LoadUnsafe(ref before), Vector512.LoadUnsafe(ref before, BlockPositions.BlockLength));
        var (behindLow, behindHigh) = (Vector512.LoadUnsafe(ref behind), Vector512.LoadUnsafe(ref behind, BlockPositions.BlockLength));
        for (; steps > 0; steps--, offset += Step, text = ref Unsafe.Add(ref text, Step))
        {
            var kinds = Avx512Vbmi.PermuteVar64x8x2(beforeLow, Vector512.LoadUnsafe(ref text), beforeHigh);
            var next = Avx512Vbmi.PermuteVar64x8x2(behindLow, Vector512.LoadUnsafe(ref text, 1), behindHigh);
            var marks = Vector512.GreaterThan(kinds & next, Vector512<byte>.Zero).ExtractMostSignificantBits();
            count = BlockPositions.AppendFew(WindowsOf(marks, kinds.ExtractMostSignificantBits()), offset, offsets, count);
        }

        return count;
    }

    /// <param name="marks">The bytes with a transition behind them.</param>
    /// <returns>The first bytes of the windows that lie in the block.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WindowsOf(ulong marks, ulong members)
    {
        members &= members >> 1;
        members &= members >> 2;
        members &= members >> 4;
        return members & (marks >> (WindowChooser.Middle - 1));
    }

    /// <summary>On processors that cannot look up 64 bytes at once.</summary>
    private static ulong WindowsIn(ref byte text, ref byte before, ref byte behind)
    {
        var (marks, members) = (0UL, 0UL);
        for (var i = BlockPositions.BlockLength - 1; i >= 0; i--)
        {
            var kinds = Unsafe.Add(ref before, Unsafe.Add(ref text, i) & 127);
            marks = (marks << 1) | ((kinds & Unsafe.Add(ref behind, Unsafe.Add(ref text, i + 1) & 127)) != 0 ? 1UL : 0);
            members = (members << 1) | ((ulong)kinds >> 7);
        }

        return WindowsOf(marks, members);
    }
}
