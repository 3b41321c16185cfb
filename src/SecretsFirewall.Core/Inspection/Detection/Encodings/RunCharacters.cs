using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The alphabets of runs, as what is asked of a block of text. Zero is in none of them.</summary>
internal static class RunCharacters
{
    private const byte CaseBit = 0x20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Range(Vector512<byte> bytes, char first, char last) =>
        Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)first), Vector512.Create((byte)(last - first)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> One(Vector512<byte> bytes, char character) => Vector512.Equals(bytes, Vector512.Create((byte)character));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> WithoutCase(Vector512<byte> bytes) => bytes | Vector512.Create(CaseBit);

    /// <summary>Base64 and base64url, and so the characters of all.</summary>
    public readonly struct Base64 : IRunCharacters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong In(Vector512<byte> bytes) =>
            (Range(WithoutCase(bytes), 'a', 'z') | Range(bytes, '/', '9') | One(bytes, '+') | One(bytes, '-') | One(bytes, '_')).ExtractMostSignificantBits();
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
