using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Three or four bytes of a literal, at the offset where they are rarest, case folded: what is looked for in the text instead of the literal.
/// </summary>
/// <param name="Key">The bytes, the first in the low end, each with bit 5 set: so are the letters of either case one.</param>
internal readonly record struct Fingerprint(uint Key, int Length, bool IgnoreCase)
{
    public const int MaxLength = 4;

    public const int MinLength = 3;

    /// <summary>So many bytes are looked for; behind the fingerprint, what stands there in its literals, or behind these.</summary>
    public const int Positions = MaxLength + 1;

    private const uint Folding = 0x20202020;

    public static Fingerprint Of(ReadOnlySpan<byte> bytes, bool ignoreCase) => new(KeyOf(bytes), bytes.Length, ignoreCase);

    /// <summary>The key of four bytes of text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint KeyAt(ReadOnlySpan<byte> text) => Fold(BinaryPrimitives.ReadUInt32LittleEndian(text));

    /// <summary>The key of four bytes, the first in the low end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Fold(uint bytes) => bytes | Folding;

    /// <summary>The key of a fingerprint of three bytes, of that of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ShortKey(uint key) => key & 0x00FFFFFF;

    public static uint KeyOf(ReadOnlySpan<byte> bytes)
    {
        uint key = 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            key = (key << 8) | (uint)(bytes[i] | 0x20);
        }

        return key;
    }
}
