using System.Numerics;
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
    /// <summary>What a stretch is read into: its blocks, and the one before.</summary>
    public const int MaxMarks = MarkKinds * ((BlockPositions.StretchLength / BlockLength) + 1);

    private const int BlockLength = BlockPositions.BlockLength;
    private const int WindowLength = WindowChooser.WindowLength;
    private const int TableLength = 128;

    private const byte Anchor = 0x80;
    private const byte Wide = 0x40;

    // For each block: transitions, and these.
    private const int MarkKinds = 3;
    private const int Members = 1;
    private const int WideMembers = 2;

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

    /// <summary>Reads [<paramref name="from"/>, <paramref name="to"/>), <see cref="BlockPositions.StretchLength"/> at most.</summary>
    /// <param name="marks">Has <see cref="MaxMarks"/> words.</param>
    /// <returns>What the lists are made of.</returns>
    public Span<ulong> Read(ReadOnlySpan<byte> text, int from, int to, Span<ulong> marks)
    {
        var blocks = (to - from + BlockLength - 1) / BlockLength;
        ReadAll(text, from, blocks, marks);

        // Behind the end of the stretch nothing is wanted.
        marks[(MarkKinds * blocks) + Members] &= ulong.MaxValue >> ((BlockLength - (to - from)) & (BlockLength - 1));
        return marks[..(MarkKinds * (blocks + 1))];
    }

    /// <summary>Lists the windows around transitions, by the offset of the window's last byte from the beginning of the stretch; their first bytes may stand before the text.</summary>
    /// <param name="position">Of the transition in a window.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int ListAnchors(ReadOnlySpan<ulong> marks, int position, Span<ushort> ends)
    {
        // The transition is so far before the end of its window.
        var distance = WindowLength - 1 - position;
        ref var mark = ref MemoryMarshal.GetReference(marks);
        var (before, one) = (mark, Unsafe.Add(ref mark, Members));
        var two = one & (one << 1);
        var four = two & (two << 2);
        var (blocks, count) = (marks.Length / MarkKinds, 0);
        for (var block = 1; block < blocks; block++)
        {
            var transitions = Unsafe.Add(ref mark, MarkKinds * block);
            var members = Unsafe.Add(ref mark, (MarkKinds * block) + Members);
            var inTwo = members & ((members << 1) | (one >> 63));
            var inFour = inTwo & ((inTwo << 2) | (two >> 62));
            var inEight = inFour & ((inFour << 4) | (four >> 60));
            var behind = (transitions << distance) | (before >> 1 >> (BlockLength - 1 - distance));
            (before, one, two, four) = (transitions, members, inTwo, inFour);
            count = BlockPositions.AppendFew(inEight & behind, (block - 1) * BlockLength, ends, count);
        }

        return count;
    }

    /// <summary>Lists the windows at the strided places, by their first byte; the last bytes may stand behind the text.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public int ListWide(ReadOnlySpan<ulong> marks, Span<ushort> starts)
    {
        ref var mark = ref MemoryMarshal.GetReference(marks);
        var (blocks, count) = (marks.Length / MarkKinds, 0);
        for (var block = 1; block < blocks; block++)
        {
            // Where all eight bits of a place are set.
            var places = Unsafe.Add(ref mark, (MarkKinds * block) + WideMembers) & _widePlaces;
            if (((~places - FirstBits) & places & LastBits) != 0)
            {
                count = AppendWide(places, (block - 1) * BlockLength, starts, count);
            }
        }

        return count;
    }

    /// <summary>Reads the block before the stretch, and those of the stretch; where the text begins or ends in one, zeros stand before and behind it.</summary>
    private void ReadAll(ReadOnlySpan<byte> text, int from, int blocks, Span<ulong> marks)
    {
        Span<byte> padded = stackalloc byte[1 + BlockLength];
        for (var block = 0; block <= blocks;)
        {
            var at = from + (BlockLength * (block - 1));
            var whole = at < 1 ? 0 : Math.Min(blocks + 1 - block, (text.Length - at) / BlockLength);
            if (whole > 0)
            {
                ReadBlocks(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at), whole, ref marks[MarkKinds * block]);
                block += whole;
                continue;
            }

            padded.Clear();
            var start = Math.Max(0, at - 1);
            text[start..Math.Clamp(at + BlockLength, start, text.Length)].CopyTo(padded[(start - at + 1)..]);
            ReadBlocks(ref padded[1], 1, ref marks[MarkKinds * block]);
            padded.Clear();
            block++;
        }
    }

    /// <summary>Writes three words for each block: where a transition ends, and which bytes are members of each kind of window.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadBlocks(ref byte text, int blocks, ref ulong marks)
    {
        ref var end = ref Unsafe.Add(ref text, blocks * BlockLength);
        if (!Avx512Vbmi.IsSupported)
        {
            // Without the tables every byte may be one of a window.
            for (; Unsafe.IsAddressLessThan(ref text, ref end); text = ref Unsafe.Add(ref text, BlockLength), marks = ref Unsafe.Add(ref marks, MarkKinds))
            {
                marks = TransitionsIn(Vector512.LoadUnsafe(ref Unsafe.Subtract(ref text, 1)), Vector512.LoadUnsafe(ref text));
                (Unsafe.Add(ref marks, Members), Unsafe.Add(ref marks, WideMembers)) = (ulong.MaxValue, ulong.MaxValue);
            }

            return;
        }

        var (fromLow, fromHigh) = (Vector512.LoadUnsafe(ref _from.First), Vector512.LoadUnsafe(ref _from.First, BlockLength));
        var (low, high) = (Vector512.LoadUnsafe(ref _kinds.First), Vector512.LoadUnsafe(ref _kinds.First, BlockLength));
        for (; Unsafe.IsAddressLessThan(ref text, ref end); text = ref Unsafe.Add(ref text, BlockLength), marks = ref Unsafe.Add(ref marks, MarkKinds))
        {
            var before = Avx512Vbmi.PermuteVar64x8x2(fromLow, Vector512.LoadUnsafe(ref Unsafe.Subtract(ref text, 1)), fromHigh);
            var kinds = Avx512Vbmi.PermuteVar64x8x2(low, Vector512.LoadUnsafe(ref text), high);
            marks = Vector512.GreaterThan(before & kinds & Vector512.Create(Transitions.All), Vector512<byte>.Zero).ExtractMostSignificantBits();
            Unsafe.Add(ref marks, Members) = kinds.ExtractMostSignificantBits();
            Unsafe.Add(ref marks, WideMembers) = (kinds + kinds).ExtractMostSignificantBits();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AppendWide(ulong places, int block, Span<ushort> wide, int count)
    {
        // A bit stays at the beginning of each place that is full.
        places &= places >> 1;
        places &= places >> 2;
        places &= places >> 4;
        for (places &= FirstBits; places != 0; places &= places - 1)
        {
            wide[count++] = (ushort)(block + BitOperations.TrailingZeroCount(places));
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
