using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>Which of 64 bytes are ASCII letters and which digits: one bit each.</summary>
internal static class CharacterClasses
{
    /// <summary>Bytes that are classified at once.</summary>
    public const int BlockLength = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Classify(ReadOnlySpan<byte> block, out ulong letters, out ulong digits)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var bytes = Vector512.Create(block);
            letters = Vector512.LessThanOrEqual((bytes | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)25))
                .ExtractMostSignificantBits();
            digits = Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)9)).ExtractMostSignificantBits();
            return;
        }

        var low = Vector256.Create(block);
        var high = Vector256.Create(block[Vector256<byte>.Count..]);
        letters = Letters(low).ExtractMostSignificantBits() | ((ulong)Letters(high).ExtractMostSignificantBits() << 32);
        digits = Digits(low).ExtractMostSignificantBits() | ((ulong)Digits(high).ExtractMostSignificantBits() << 32);
    }

    public static bool IsTransition(byte before, byte after) =>
        (char.IsAsciiLetter((char)before) && char.IsAsciiDigit((char)after))
        || (char.IsAsciiDigit((char)before) && char.IsAsciiLetter((char)after));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Letters(Vector256<byte> bytes) =>
        Vector256.LessThanOrEqual((bytes | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)25));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Digits(Vector256<byte> bytes) =>
        Vector256.LessThanOrEqual(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)9));
}
