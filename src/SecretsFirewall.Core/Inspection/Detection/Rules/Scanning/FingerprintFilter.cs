using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Where a fingerprint may stand: 64 bytes at once are looked up in tables that say, for each of five positions, in which of 32 buckets a byte
/// occurs there. A position stays if some bucket has all of its bytes (the idea is that of Hyperscan's Teddy).
/// <code>
///   text      … p a s s w o r d …            bucket 7 = { pass, pasw }
///   position 0: 'p' → 0100 0000    position 1: 'a' → 0100 1000    position 2: 's' → …    position 3: 's' → … position 4: …
///                        └───────────────── and ─────────────────┘  ≠ 0 : candidate
/// </code>
/// Of a byte only the low six bits count, as of an index into a register: that makes candidates, and loses none.
/// </summary>
internal sealed class FingerprintFilter
{
    public const int Buckets = 32;

    private const int BlockLength = BlockPositions.BlockLength;

    private const int Groups = Buckets / 8;

    private const int TableLength = 64;

    // Two stretches ahead: by then it has come.
    private const int PrefetchDistance = 2 * BlockPositions.StretchLength;

    // Bytes that are read for one block: its last position has four behind it.
    private const int ReadLength = BlockLength + Fingerprint.Positions - 1;

    // Group × position × 64 bytes: bit b of the byte for six bits c says that bucket 8·group + b has c at that position.
    private readonly AlignedBytes _tables = new(Groups * Fingerprint.Positions * TableLength);

    // The same by the low four and by the other two of these bits, 16 bytes each: what passes both is a superset.
    private readonly byte[] _halves = new byte[Groups * Fingerprint.Positions * 2 * 16];

    public FingerprintFilter(IReadOnlyList<ulong[]> buckets)
    {
        for (var bucket = 0; bucket < buckets.Count; bucket++)
        {
            for (var position = 0; position < Fingerprint.Positions; position++)
            {
                for (var set = buckets[bucket][position]; set != 0; set &= set - 1)
                {
                    Add(bucket / 8, position, BitOperations.TrailingZeroCount(set), (byte)(1 << (bucket % 8)));
                }
            }
        }
    }

    /// <summary>
    /// Writes the offsets from <paramref name="from"/> of the candidates in [from, to); returns their number.
    /// What follows the text's end counts as zero bytes.
    /// </summary>
    /// <param name="to">At most <see cref="BlockPositions.StretchLength"/> behind <paramref name="from"/>.</param>
    public int Collect(ReadOnlySpan<byte> text, int from, int to, Span<ushort> offsets)
    {
        // What the processor reads behind the last whole block is a copy with zeros behind it.
        var inPlace = Math.Clamp((Math.Min(to, text.Length - ReadLength + BlockLength) - from) / BlockLength * BlockLength, 0, BlockPositions.StretchLength);
        var count = CollectBlocks(ref MemoryMarshal.GetReference(text[from..]), inPlace, 0, offsets, 0);
        if (from + inPlace >= to)
        {
            return count;
        }

        Span<byte> padded = stackalloc byte[2 * ReadLength];
        padded.Clear();
        var rest = text[(from + inPlace)..];
        rest[..Math.Min(rest.Length, to - from - inPlace + Fingerprint.Positions - 1)].CopyTo(padded);
        count = CollectBlocks(ref MemoryMarshal.GetReference(padded), to - from - inPlace, inPlace, offsets, count);
        padded.Clear();
        return count;
    }

    /// <summary>Of the blocks that begin in the first <paramref name="length"/> bytes; of the last one only the candidates before that.</summary>
    private int CollectBlocks(ref byte text, int length, int offset, Span<ushort> offsets, int count) =>
        Avx512Vbmi.IsSupported ? CollectWide(ref text, length, offset, offsets, count) : CollectNarrow(ref text, length, offset, offsets, count);

    private int CollectWide(ref byte text, int length, int offset, Span<ushort> offsets, int count)
    {
        // By name, so that all twenty stay in registers: there are thirty-two.
        var (a0, a1, a2, a3, a4) = (Table(0, 0), Table(0, 1), Table(0, 2), Table(0, 3), Table(0, 4));
        var (b0, b1, b2, b3, b4) = (Table(1, 0), Table(1, 1), Table(1, 2), Table(1, 3), Table(1, 4));
        var (c0, c1, c2, c3, c4) = (Table(2, 0), Table(2, 1), Table(2, 2), Table(2, 3), Table(2, 4));
        var (d0, d1, d2, d3, d4) = (Table(3, 0), Table(3, 1), Table(3, 2), Table(3, 3), Table(3, 4));
        for (var at = 0; at < length; at += BlockLength)
        {
            ref var block = ref Unsafe.Add(ref text, at);
            Prefetch(ref Unsafe.Add(ref block, PrefetchDistance));
            var bytes = Vector512.LoadUnsafe(ref block);
            var (a, b, c, d) = (LookUp(a0, bytes), LookUp(b0, bytes), LookUp(c0, bytes), LookUp(d0, bytes));
            bytes = Vector512.LoadUnsafe(ref block, 1);
            (a, b, c, d) = (a & LookUp(a1, bytes), b & LookUp(b1, bytes), c & LookUp(c1, bytes), d & LookUp(d1, bytes));
            bytes = Vector512.LoadUnsafe(ref block, 2);
            (a, b, c, d) = (a & LookUp(a2, bytes), b & LookUp(b2, bytes), c & LookUp(c2, bytes), d & LookUp(d2, bytes));
            bytes = Vector512.LoadUnsafe(ref block, 3);
            (a, b, c, d) = (a & LookUp(a3, bytes), b & LookUp(b3, bytes), c & LookUp(c3, bytes), d & LookUp(d3, bytes));
            bytes = Vector512.LoadUnsafe(ref block, 4);
            var found = (a & LookUp(a4, bytes)) | (b & LookUp(b4, bytes)) | (c & LookUp(c4, bytes)) | (d & LookUp(d4, bytes));
            found = length - at < BlockLength ? found & Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)(length - at))) : found;
            count = BlockPositions.Append(found, offset + at, offsets, count);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<byte> Table(int group, int position) => Vector512.LoadUnsafe(ref _tables.First, (nuint)TableAt(group, position));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LookUp(Vector512<byte> table, Vector512<byte> bytes) => Avx512Vbmi.PermuteVar64x8(table, bytes);

    /// <summary>
    /// Text is read in stretches, with other work between them, and the processor's own foresight ends with each stretch. A prefetch reads nothing
    /// and never faults, also behind the end of the text.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Prefetch(ref byte ahead) => Sse.Prefetch0(Unsafe.AsPointer(ref ahead));

    /// <summary>On processors that cannot permute 64 bytes at once.</summary>
    private int CollectNarrow(ref byte text, int length, int offset, Span<ushort> offsets, int count)
    {
        for (var at = 0; at < length; at += BlockLength)
        {
            ref var block = ref Unsafe.Add(ref text, at);
            var candidates = CandidatesOf16(ref block, 0) | (CandidatesOf16(ref block, 16) << 16)
                | (CandidatesOf16(ref block, 32) << 32) | (CandidatesOf16(ref block, 48) << 48);
            count = BlockPositions.Append(candidates & WantedOf(length - at), offset + at, offsets, count);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WantedOf(int left) => left >= BlockLength ? ulong.MaxValue : (1UL << left) - 1;

    private void Add(int group, int position, int b, byte bucket)
    {
        _tables.Span[TableAt(group, position) + b] |= bucket;
        _halves[HalvesAt(group, position) + (b & 15)] |= bucket;
        _halves[HalvesAt(group, position) + 16 + (b >> 4)] |= bucket;
    }

    private static int TableAt(int group, int position) => ((group * Fingerprint.Positions) + position) * TableLength;

    private static int HalvesAt(int group, int position) => ((group * Fingerprint.Positions) + position) * 32;

    private ulong CandidatesOf16(ref byte text, nuint at)
    {
        ref var halves = ref MemoryMarshal.GetArrayDataReference(_halves);
        var low = Vector128.Create((byte)15);
        var found = Vector128<byte>.Zero;
        for (var group = 0; group < Groups; group++)
        {
            var all = Vector128<byte>.AllBitsSet;
            for (var position = 0; position < Fingerprint.Positions; position++)
            {
                var bytes = Vector128.LoadUnsafe(ref text, at + (nuint)position);
                var table = (nuint)HalvesAt(group, position);
                all &= Vector128.Shuffle(Vector128.LoadUnsafe(ref halves, table), bytes & low)
                    & Vector128.Shuffle(Vector128.LoadUnsafe(ref halves, table + 16), (bytes >>> 4) & Vector128.Create((byte)3));
            }

            found |= all;
        }

        return ~Vector128.Equals(found, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFFu;
    }
}
