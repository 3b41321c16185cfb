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
        return (BitsOf(product) & ~_words[(int)(product >> _shift)]) == 0;
    }

    // The highest bits of the product choose the word; those below them, which most of the window's bytes reach too, the bits in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BitsOf(ulong product) => (1UL << (int)(product >> 34)) | (1UL << (int)(product >> 40));
}
