using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The alphabets of runs, as what is asked of a block of text. Zero is in none of them.</summary>
internal static class RunCharacters
{
    private const byte CaseBit = 0x20;
    private const byte Member = 0x80;

    private static readonly AlignedBytes OfBase64 = TableOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");

    private static readonly AlignedBytes OfHexSeparators = TableOf(" :;,-\t\r\n|\"'\\nrt0xX");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Range(Vector512<byte> bytes, char first, char last) =>
        Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)first), Vector512.Create((byte)(last - first)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> One(Vector512<byte> bytes, char character) => Vector512.Equals(bytes, Vector512.Create((byte)character));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> WithoutCase(Vector512<byte> bytes) => bytes | Vector512.Create(CaseBit);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LookUp(AlignedBytes table, Vector512<byte> bytes)
    {
        ref var first = ref table.First;
        var members = Avx512Vbmi.PermuteVar64x8x2(
            Vector512.LoadUnsafe(ref first), bytes, Vector512.LoadUnsafe(ref first, (nuint)BlockPositions.BlockLength));

        // Of a byte only seven bits are looked up.
        return Vector512.AndNot(members, bytes).ExtractMostSignificantBits();
    }

    private static AlignedBytes TableOf(string characters)
    {
        var table = new AlignedBytes(2 * BlockPositions.BlockLength);
        foreach (var character in characters)
        {
            table.Span[character] = Member;
        }

        return table;
    }

    /// <summary>What <see cref="HexWords.IsSeparator"/> lets stand between two words.</summary>
    public readonly struct BetweenHexWords : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) => Avx512Vbmi.IsSupported
            ? LookUp(OfHexSeparators, bytes)
            : (Range(bytes, '\t', '\r') | One(bytes, ' ') | One(bytes, '"') | One(bytes, '\'') | Range(bytes, ',', '-') | One(bytes, '0') | Range(bytes, ':', ';')
                | One(bytes, '\\') | One(bytes, '|') | One(bytes, 'n') | One(bytes, 'r') | One(bytes, 't') | One(WithoutCase(bytes), 'x')).ExtractMostSignificantBits();
    }

    /// <summary>Base64 and base64url, and so the characters of all.</summary>
    public readonly struct Base64 : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) => Avx512Vbmi.IsSupported
            ? LookUp(OfBase64, bytes)
            : (Range(WithoutCase(bytes), 'a', 'z') | Range(bytes, '/', '9') | One(bytes, '+') | One(bytes, '-') | One(bytes, '_')).ExtractMostSignificantBits();
    }

    public readonly struct Hex : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) => (Range(WithoutCase(bytes), 'a', 'f') | Range(bytes, '0', '9')).ExtractMostSignificantBits();
    }

    public readonly struct Base32Upper : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) => (Range(bytes, 'A', 'Z') | Range(bytes, '2', '7')).ExtractMostSignificantBits();
    }

    public readonly struct Base32Lower : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) => (Range(bytes, 'a', 'z') | Range(bytes, '2', '7')).ExtractMostSignificantBits();
    }
}
