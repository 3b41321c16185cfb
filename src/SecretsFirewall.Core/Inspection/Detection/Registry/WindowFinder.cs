using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Lists the windows of a text that may be those of a form, 64 bytes at a time, before any is looked at by itself: they have only bytes that windows
/// have, and stand around a transition, or at one of the places that are looked at everywhere. Most of what looks like a transition in ordinary text has
/// a blank, a bracket or a dot beside it.
/// <code>
///   text          … take(word3) … key=a8Xk20Qw9f …
///   transitions            1           11 11 1
///   members         1111 11111    111 1111111111
///   windows end                                11         eight members in a row, a transition at its place among them
/// </code>
/// </summary>
internal sealed class WindowFinder
{
    private const int BlockLength = BlockPositions.BlockLength;
    private const int WindowLength = WindowChooser.WindowLength;
    private const int TableLength = 128;

    private const byte Anchor = 0x80;
    private const byte Wide = 0x40;

    private const int MarkKinds = 3;
    private const int MaxBlocks = (BlockPositions.StretchLength / BlockLength) + 1;

    private const ulong FirstBits = 0x0101_0101_0101_0101;
    private const ulong LastBits = 0x8080_8080_8080_8080;

    // By seven bits of a byte: a byte above 127 is taken for another, which only makes a window more.
    private readonly AlignedBytes _from = new(TableLength);
    private readonly AlignedBytes _kinds = new(TableLength);

    // All of the bytes of a block that belong to windows at the strided places.
    private readonly ulong _widePlaces;

    /// <param name="windows">With their entries.</param>
    public WindowFinder(ChosenWindows windows)
    {
        for (var b = 0; b < TableLength; b++)
        {
            _from.Span[b] = Transitions.From((byte)b);
            _kinds.Span[b] = Transitions.To((byte)b);
        }

        foreach (var entries in windows.Anchors)
        {
            Add(entries, Anchor);
        }

        Add(windows.Wide, Wide);
        for (var at = 0; at < BlockLength && windows.Wide.Count > 0; at += windows.WideStride)
        {
            _widePlaces |= (ulong)byte.MaxValue << at;
        }
    }

    /// <summary>Lists the windows of a stretch, <see cref="BlockPositions.StretchLength"/> at most, by offsets from <paramref name="from"/>.</summary>
    /// <param name="position">Of the transition in a window.</param>
    /// <param name="anchors">By the window's last byte, which lies in [<paramref name="from"/>, <paramref name="to"/>); the first bytes may stand before the text.</param>
    /// <param name="wide">By the first byte, which does; the last bytes may stand behind the text.</param>
    [SkipLocalsInit]
    public (int Anchors, int Wide) Collect(ReadOnlySpan<byte> text, int from, int to, int position, Span<ushort> anchors, Span<ushort> wide)
    {
        Span<ulong> marks = stackalloc ulong[MarkKinds * MaxBlocks];
        var blocks = (to - from + BlockLength - 1) / BlockLength;
        Read(text, from, blocks, WindowLength - 1 - position, marks);

        // Behind the end of the stretch nothing is wanted.
        ref var lastTransitions = ref marks[MarkKinds * blocks];
        lastTransitions &= ulong.MaxValue >> ((BlockLength - (to - from)) & (BlockLength - 1));
        return (ListAnchors(ref marks[0], blocks, anchors), ListWide(ref marks[0], blocks, _widePlaces, wide));
    }

    /// <summary>Reads the block before the stretch, and those of the stretch; where the text begins or ends in one, zeros stand before and behind it.</summary>
    private void Read(ReadOnlySpan<byte> text, int from, int blocks, int distance, Span<ulong> marks)
    {
        Span<byte> padded = stackalloc byte[WindowLength + BlockLength];
        for (var block = 0; block <= blocks;)
        {
            var at = from + (BlockLength * (block - 1));
            var whole = at < WindowLength ? 0 : Math.Min(blocks + 1 - block, (text.Length - at) / BlockLength);
            if (whole > 0)
            {
                ReadBlocks(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at), whole, distance, ref marks[MarkKinds * block]);
                block += whole;
                continue;
            }

            padded.Clear();
            var start = Math.Max(0, at - WindowLength);
            text[start..Math.Clamp(at + BlockLength, start, text.Length)].CopyTo(padded[(start - at + WindowLength)..]);
            ReadBlocks(ref padded[WindowLength], 1, distance, ref marks[MarkKinds * block]);
            padded.Clear();
            block++;
        }
    }

    /// <summary>Writes three words for each block: where windows would end that have a transition at its place, and which bytes are members of each kind.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadBlocks(ref byte text, int blocks, int distance, ref ulong marks)
    {
        ref var end = ref Unsafe.Add(ref text, blocks * BlockLength);
        if (!Avx512Vbmi.IsSupported)
        {
            // Without the tables every byte may be one of a window.
            for (; Unsafe.IsAddressLessThan(ref text, ref end); text = ref Unsafe.Add(ref text, BlockLength), marks = ref Unsafe.Add(ref marks, MarkKinds))
            {
                ref var one = ref Unsafe.Subtract(ref text, distance + 1);
                marks = TransitionsIn(Vector512.LoadUnsafe(ref one), Vector512.LoadUnsafe(ref one, 1));
                (Unsafe.Add(ref marks, 1), Unsafe.Add(ref marks, 2)) = (ulong.MaxValue, ulong.MaxValue);
            }

            return;
        }

        var (fromLow, fromHigh) = (Vector512.LoadUnsafe(ref _from.First), Vector512.LoadUnsafe(ref _from.First, BlockLength));
        var (low, high) = (Vector512.LoadUnsafe(ref _kinds.First), Vector512.LoadUnsafe(ref _kinds.First, BlockLength));
        ref var first = ref Unsafe.Subtract(ref text, distance + 1);
        for (; Unsafe.IsAddressLessThan(ref text, ref end); text = ref Unsafe.Add(ref text, BlockLength), marks = ref Unsafe.Add(ref marks, MarkKinds))
        {
            var transitions = Avx512Vbmi.PermuteVar64x8x2(fromLow, Vector512.LoadUnsafe(ref first), fromHigh)
                & Avx512Vbmi.PermuteVar64x8x2(low, Vector512.LoadUnsafe(ref first, 1), high);
            var kinds = Avx512Vbmi.PermuteVar64x8x2(low, Vector512.LoadUnsafe(ref text), high);
            marks = Vector512.GreaterThan(transitions & Vector512.Create(Transitions.All), Vector512<byte>.Zero).ExtractMostSignificantBits();
            Unsafe.Add(ref marks, 1) = kinds.ExtractMostSignificantBits();
            Unsafe.Add(ref marks, 2) = (kinds + kinds).ExtractMostSignificantBits();
            first = ref Unsafe.Add(ref first, BlockLength);
        }
    }

    /// <summary>Eight members in a row, of which the last is marked.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ListAnchors(ref ulong marks, int blocks, Span<ushort> anchors)
    {
        var one = Unsafe.Add(ref marks, 1);
        var two = one & (one << 1);
        var four = two & (two << 2);
        var count = 0;
        for (var block = 1; block <= blocks; block++)
        {
            var members = Unsafe.Add(ref marks, (MarkKinds * block) + 1);
            var inTwo = members & ((members << 1) | (one >> 63));
            var inFour = inTwo & ((inTwo << 2) | (two >> 62));
            var inEight = inFour & ((inFour << 4) | (four >> 60));
            (one, two, four) = (members, inTwo, inFour);
            count = BlockPositions.AppendFew(inEight & Unsafe.Add(ref marks, MarkKinds * block), (block - 1) * BlockLength, anchors, count);
        }

        return count;
    }

    /// <summary>Where all of the eight bytes at a place are members.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ListWide(ref ulong marks, int blocks, ulong widePlaces, Span<ushort> wide)
    {
        var count = 0;
        for (var block = 1; block <= blocks; block++)
        {
            var places = Unsafe.Add(ref marks, (MarkKinds * block) + 2) & widePlaces;
            if (((~places - FirstBits) & places & LastBits) != 0)
            {
                count = AppendWide(places, (block - 1) * BlockLength, wide, count);
            }
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AppendWide(ulong places, int block, Span<ushort> wide, int count)
    {
        for (var at = 0; at < BlockLength; at += WindowLength)
        {
            if ((byte)(places >> at) == byte.MaxValue)
            {
                wide[count++] = (ushort)(block + at);
            }
        }

        return count;
    }

    private static ulong TransitionsIn(Vector512<byte> before, Vector512<byte> after)
    {
        var (digitBefore, digitAfter) = (Range(before, '0', '9'), Range(after, '0', '9'));
        var (capitalBefore, capitalAfter) = (Range(before, 'A', 'Z'), Range(after, 'A', 'Z'));
        var (letterBefore, letterAfter) = (capitalBefore | Range(before, 'a', 'z'), capitalAfter | Range(after, 'a', 'z'));
        return ((letterBefore & digitAfter) | (digitBefore & letterAfter) | (capitalBefore & capitalAfter)).ExtractMostSignificantBits();
    }

    private static Vector512<byte> Range(Vector512<byte> bytes, char first, char last) =>
        Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)first), Vector512.Create((byte)(last - first)));

    private void Add(List<WindowEntry> entries, byte kind)
    {
        foreach (var entry in entries)
        {
            for (var i = 0; i < WindowLength; i++)
            {
                _kinds.Span[(int)(entry.Window >> (8 * i)) & (TableLength - 1)] |= kind;
            }
        }
    }
}
