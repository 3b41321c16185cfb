using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Tells at a glance whether base64 may spell text anywhere. ASCII has no bytes above 127: of each group of four characters, which are 24 bits,
/// the bits 0, 8 and 16 are zero. Text of <see cref="TextBytes.MinLength"/> bytes has three such groups in a row, at one of four phases.
/// <code>
///   character   first      second     third      fourth
///   bits        0·····     ··8···     ····16·    ······      ·: any
/// </code>
/// </summary>
internal static class Base64Text
{
    private const int GroupsInARow = 3;

    // So many characters of a block are the first of three groups that lie in the block.
    private const int Step = BlockPositions.BlockLength - (4 * GroupsInARow) + 1;

    private const byte FirstBit = 1;
    private const byte NinthBit = 2;
    private const byte SeventeenthBit = 4;

    private static readonly AlignedBytes Bits = CreateBits();

    /// <param name="characters">In the alphabet of RFC 4648 section 4.</param>
    public static bool MayBeIn(ReadOnlySpan<byte> characters)
    {
        if (!Avx512Vbmi.IsSupported)
        {
            return true;
        }

        // What stands behind the last whole block is looked at as the end of a block, with what is before it.
        if (characters.Length < BlockPositions.BlockLength)
        {
            Span<byte> padded = stackalloc byte[BlockPositions.BlockLength];
            padded.Fill((byte)'/');
            characters.CopyTo(padded);
            var answer = IsInBlock(ref MemoryMarshal.GetReference(padded));
            padded.Clear();
            return answer;
        }

        ref var start = ref MemoryMarshal.GetReference(characters);
        for (var at = 0; at < characters.Length; at += Step)
        {
            var block = Math.Min(at, characters.Length - BlockPositions.BlockLength);
            if (IsInBlock(ref Unsafe.Add(ref start, block)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsInBlock(ref byte block)
    {
        ref var bits = ref Bits.First;
        var ofCharacters = Avx512Vbmi.PermuteVar64x8x2(
            Vector512.LoadUnsafe(ref bits), Vector512.LoadUnsafe(ref block), Vector512.LoadUnsafe(ref bits, (nuint)BlockPositions.BlockLength));
        var isOutside = Has(ofCharacters, FirstBit) | (Has(ofCharacters, NinthBit) >> 1) | (Has(ofCharacters, SeventeenthBit) >> 2);
        var groups = ~isOutside;
        return (groups & (groups >> 4) & (groups >> 8) & ((1UL << Step) - 1)) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Has(Vector512<byte> bits, byte bit) =>
        Vector512.GreaterThan(bits & Vector512.Create(bit), Vector512<byte>.Zero).ExtractMostSignificantBits();

    private static AlignedBytes CreateBits()
    {
        var bits = new AlignedBytes(2 * BlockPositions.BlockLength);
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (var value = 0; value < Alphabet.Length; value++)
        {
            bits.Span[Alphabet[value]] = (byte)(
                ((value & 0b100000) != 0 ? FirstBit : 0) | ((value & 0b001000) != 0 ? NinthBit : 0) | ((value & 0b000010) != 0 ? SeventeenthBit : 0));
        }

        return bits;
    }
}
