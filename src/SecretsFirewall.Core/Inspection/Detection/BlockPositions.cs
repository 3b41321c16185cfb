using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// Turns marks, one for each of 64 bytes, into a list of positions. Where the processor can, without a branch: how many there are differs from
/// block to block, so that every branch on it would be foreseen wrongly, and that costs more than all else.
/// </summary>
internal static class BlockPositions
{
    /// <summary>Bytes of text that are looked at together.</summary>
    public const int BlockLength = 64;

    /// <summary>Bytes of text that are listed at once: positions fit 16 bits, and text and list the first-level cache.</summary>
    public const int StretchLength = 2048;

    /// <summary>What a list must hold: a position for every byte, and those that are written in vain.</summary>
    public const int Capacity = StretchLength + BlockLength;

    private static readonly Vector512<byte> Ascending = Vector512<byte>.Indices;

    private static readonly Vector512<byte> ByteOfBit = Ascending >>> 3;

    /// <summary>Appends <paramref name="block"/> + i for every byte i of <paramref name="marks"/> that is not zero.</summary>
    /// <param name="list">Has <see cref="BlockLength"/> places behind <paramref name="count"/>.</param>
    /// <returns>How many are in the list now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(Vector512<byte> marks, int block, Span<ushort> list, int count)
    {
        if (!Avx512Vbmi2.IsSupported)
        {
            return Append(Vector512.GreaterThan(marks, Vector512<byte>.Zero).ExtractMostSignificantBits(), block, list, count);
        }

        var mask = Vector512.GreaterThan(marks, Vector512<byte>.Zero);
        var positions = Avx512Vbmi2.Compress(Vector512<byte>.Zero, mask, Ascending);
        var number = BitOperations.PopCount(mask.ExtractMostSignificantBits());
        var (low, high) = Vector512.Widen(positions);
        ref var end = ref Unsafe.Add(ref MemoryMarshal.GetReference(list), count);
        (low + Vector512.Create((ushort)block)).StoreUnsafe(ref end);
        if (number > Vector512<ushort>.Count)
        {
            (high + Vector512.Create((ushort)block)).StoreUnsafe(ref end, (nuint)Vector512<ushort>.Count);
        }

        return count + number;
    }

    /// <summary>As the other, with a bit for each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(ulong marks, int block, Span<ushort> list, int count)
    {
        // Four are written at once, needed or not: most blocks have no more.
        const int AtOnce = 4;
        var end = count + BitOperations.PopCount(marks);
        var next = list.Slice(count, AtOnce);
        for (var i = 0; i < AtOnce; i++)
        {
            next[i] = (ushort)(block + BitOperations.TrailingZeroCount(marks));
            marks &= marks - 1;
        }

        for (count += AtOnce; marks != 0; marks &= marks - 1)
        {
            list[count++] = (ushort)(block + BitOperations.TrailingZeroCount(marks));
        }

        return end;
    }

    /// <summary>As the other, where most blocks have none or one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AppendFew(ulong marks, int block, Span<ushort> list, int count)
    {
        if ((marks & (marks - 1)) != 0)
        {
            return Avx512Vbmi2.IsSupported ? Append(BytesOf(marks), block, list, count) : Append(marks, block, list, count);
        }

        Unsafe.Add(ref MemoryMarshal.GetReference(list), count) = (ushort)(block + BitOperations.TrailingZeroCount(marks));
        return count + (marks != 0 ? 1 : 0);
    }

    /// <summary>A byte that is not zero for each bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> BytesOf(ulong marks) =>
        Avx512BW.Shuffle(Vector512.Create(marks).AsByte(), ByteOfBit) & Vector512.Create(0x8040_2010_0804_0201).AsByte();
}
