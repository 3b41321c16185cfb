using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Tells at a glance at which phases base64 may spell text. ASCII has no bytes above 127: of each group of four characters, which are 24 bits,
/// the bits 0, 8 and 16 are zero. Text of <see cref="TextBytes.MinLength"/> bytes has three such groups in a row, at one of four phases. Where
/// there are three, the bytes around them are read.
/// <code>
///   character   first      second     third      fourth
///   bits        0·····     ··8···     ····16·    ······      ·: any
/// </code>
/// </summary>
internal static class Base64Text
{
    public const int AllPhases = (1 << GroupCharacters) - 1;

    private const int GroupCharacters = 4;
    private const int GroupBytes = 3;
    private const int GroupsInARow = 3;

    // So many characters of a block are the first of three groups that lie in the block.
    private const int Step = BlockPositions.BlockLength - (GroupCharacters * GroupsInARow) + 1;

    private const byte FirstBit = 1;
    private const byte NinthBit = 2;
    private const byte SeventeenthBit = 4;

    private static readonly byte[] Values = CreateValues();

    private static readonly AlignedBytes Bits = CreateBits();

    /// <summary>The phases at which enough readable bytes stand in a row, a bit for each.</summary>
    /// <param name="characters">Of base64 or base64url.</param>
    public static int PhasesOf(ReadOnlySpan<byte> characters)
    {
        if (!Avx512Vbmi.IsSupported)
        {
            return AllPhases;
        }

        // What stands behind the last whole block is looked at as the end of a block, with what is before it.
        if (characters.Length < BlockPositions.BlockLength)
        {
            Span<byte> padded = stackalloc byte[BlockPositions.BlockLength];
            padded.Fill((byte)'/');
            characters.CopyTo(padded);
            var phases = Confirm(characters, 0, GroupsIn(Vector512.Create<byte>(padded)), 0);
            padded.Clear();
            return phases;
        }

        var found = 0;
        ref var start = ref MemoryMarshal.GetReference(characters);
        for (var at = 0; at < characters.Length && found != AllPhases; at += Step)
        {
            var block = Math.Min(at, characters.Length - BlockPositions.BlockLength);
            var groups = GroupsIn(Vector512.LoadUnsafe(ref start, (nuint)block));
            if (groups != 0)
            {
                found = Confirm(characters, block, groups, found);
            }
        }

        return found;
    }

    /// <summary>True if some phase may spell text, of a run that is shorter than a block and begins it: without a copy of it.</summary>
    public static bool MaySpell(Vector512<byte> block, ReadOnlySpan<byte> run)
    {
        if (!Avx512Vbmi.IsSupported)
        {
            return true;
        }

        var groups = GroupsIn(block) & ((1UL << (run.Length - (GroupCharacters * GroupsInARow) + 1)) - 1);
        return groups != 0 && Confirm(run, 0, groups, 0) != 0;
    }

    /// <summary>A bit for each character of the block with which three groups begin that may be text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong GroupsIn(Vector512<byte> block)
    {
        ref var bits = ref Bits.First;
        var ofCharacters = Avx512Vbmi.PermuteVar64x8x2(
            Vector512.LoadUnsafe(ref bits), block, Vector512.LoadUnsafe(ref bits, (nuint)BlockPositions.BlockLength));
        var isOutside = Has(ofCharacters, FirstBit) | (Has(ofCharacters, NinthBit) >> 1) | (Has(ofCharacters, SeventeenthBit) >> 2);
        var groups = ~isOutside;
        return groups & (groups >> GroupCharacters) & (groups >> (2 * GroupCharacters)) & ((1UL << Step) - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Has(Vector512<byte> bits, byte bit) =>
        Vector512.GreaterThan(bits & Vector512.Create(bit), Vector512<byte>.Zero).ExtractMostSignificantBits();

    private static int Confirm(ReadOnlySpan<byte> characters, int block, ulong groups, int phases)
    {
        for (; groups != 0; groups &= groups - 1)
        {
            var at = block + BitOperations.TrailingZeroCount(groups);
            var phase = at % GroupCharacters;
            if ((phases & (1 << phase)) == 0 && IsText(characters[phase..], (at - phase) / GroupCharacters * GroupBytes))
            {
                phases |= 1 << phase;
            }
        }

        return phases;
    }

    /// <summary>True if enough readable bytes in a row hold those of the three groups that begin with the byte at <paramref name="first"/>.</summary>
    private static bool IsText(ReadOnlySpan<byte> characters, int first)
    {
        var end = first;
        var most = Math.Min(RunCodec.Base64.BytesIn(characters.Length), first + TextBytes.MinLength);
        while (end < most && TextBytes.IsReadableByte(ByteAt(characters, end)))
        {
            end++;
        }

        if (end < first + (GroupsInARow * GroupBytes))
        {
            return false;
        }

        while (first > 0 && end - first < TextBytes.MinLength && TextBytes.IsReadableByte(ByteAt(characters, first - 1)))
        {
            first--;
        }

        return end - first >= TextBytes.MinLength;
    }

    private static byte ByteAt(ReadOnlySpan<byte> characters, int at)
    {
        var (group, inGroup) = Math.DivRem(at, GroupBytes);
        var first = (GroupCharacters * group) + inGroup;
        var pair = (Values[characters[first]] << 6) | Values[characters[first + 1]];
        return (byte)(pair >> (4 - (2 * inGroup)));
    }

    private static byte[] CreateValues()
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var values = new byte[256];
        foreach (var (value, character) in Alphabet.Index())
        {
            values[character] = (byte)value;
        }

        (values['-'], values['_']) = (values['+'], values['/']);
        return values;
    }

    private static AlignedBytes CreateBits()
    {
        var bits = new AlignedBytes(2 * BlockPositions.BlockLength);
        for (var character = 0; character < bits.Span.Length; character++)
        {
            var value = Values[character];
            bits.Span[character] = (byte)(
                ((value & 0b100000) != 0 ? FirstBit : 0) | ((value & 0b001000) != 0 ? NinthBit : 0) | ((value & 0b000010) != 0 ? SeventeenthBit : 0));
        }

        return bits;
    }
}
