using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// "Certainly not" for nearly every window that was not added, at the price of one multiplication and one memory access:
/// both bits of an entry lie in one word.
/// </summary>
internal readonly struct BloomFilter
{
    private readonly ulong[] _words;
    private readonly int _shift;
    private readonly ulong _key;
    private readonly ulong _factor;

    /// <param name="entries">16 to 32 bits for each: about one wrong "maybe" in a hundred.</param>
    public BloomFilter(int entries)
    {
        Span<ulong> keys = stackalloc ulong[2];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys));
        _key = keys[0];
        _factor = keys[1] | 1;
        _words = new ulong[Math.Max(2, BitOperations.RoundUpToPowerOf2((uint)entries) / 4)];
        _shift = 64 - BitOperations.Log2((uint)_words.Length);
    }

    public void Add(ulong window)
    {
        var product = (window ^ _key) * _factor;
        _words[(int)(product >> _shift)] |= BitsOf(product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayContain(ulong window)
    {
        var product = (window ^ _key) * _factor;
        return (BitsOf(product) & ~Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), (nint)(product >> _shift))) == 0;
    }

    /// <summary>
    /// Of the windows at the given places keeps those that it may contain. It calls nothing, so that all stays in registers, and no branch depends on the text.
    /// </summary>
    /// <param name="offsets">From <paramref name="origin"/>; eight bytes of text stand at each.</param>
    /// <returns>How many were kept: they come to the beginning.</returns>
    public int Keep(ReadOnlySpan<byte> text, int origin, Span<ushort> offsets)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        ref var end = ref MemoryMarshal.GetReference(offsets);
        ref var words = ref MemoryMarshal.GetArrayDataReference(_words);
        var (shift, key, factor, count) = (_shift, _key, _factor, 0);
        foreach (var offset in offsets)
        {
            var product = (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, origin + offset)) ^ key) * factor;
            Unsafe.Add(ref end, count) = offset;
            count += (BitsOf(product) & ~Unsafe.Add(ref words, (nint)(product >> shift))) == 0 ? 1 : 0;
        }

        return count;
    }

    // The highest bits of the product choose the word; those below them, which most of the window's bytes reach too, the bits in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BitsOf(ulong product) => (1UL << (int)(product >> 34)) | (1UL << (int)(product >> 40));
}
