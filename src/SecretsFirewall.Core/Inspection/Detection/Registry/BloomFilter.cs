using System.Numerics;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// "Certainly not" for nearly every hash that was not added, at the price of one memory access: both bits of an entry lie in one word.
/// </summary>
internal readonly struct BloomFilter
{
    private readonly ulong[] _words;
    private readonly int _shift;

    /// <param name="entries">16 to 32 bits for each: about one wrong "maybe" in a hundred.</param>
    public BloomFilter(int entries)
    {
        _words = new ulong[Math.Max(2, BitOperations.RoundUpToPowerOf2((uint)entries) / 4)];
        _shift = 64 - BitOperations.Log2((uint)_words.Length);
    }

    public void Add(ulong hash) => _words[hash >> _shift] |= BitsOf(hash);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayContain(ulong hash) => (BitsOf(hash) & ~_words[hash >> _shift]) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BitsOf(ulong hash) => (1UL << (int)hash) | (1UL << (int)(hash >> 6));
}
