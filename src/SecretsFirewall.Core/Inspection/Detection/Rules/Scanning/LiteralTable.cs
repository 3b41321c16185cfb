using System.Numerics;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>Folded key of a fingerprint → the literals that have it. Open addressing, sparse: nearly every look-up of clean text ends at an empty slot.</summary>
internal sealed class LiteralTable
{
    private const uint Factor = 0x9E3779B1;

    private const int FilterBits = 16;

    // One bit for every key: nearly all candidates of clean text end here.
    private readonly ulong[] _filter = new ulong[(1 << FilterBits) / 64];

    private readonly int _hasShort;
    private readonly Slot[] _slots;
    private readonly PlacedLiteral[] _literals;
    private readonly int _shift;

    public LiteralTable(IReadOnlyList<ChosenFingerprint> fingerprints)
    {
        var byKey = fingerprints.GroupBy(one => (one.Fingerprint.Key, one.Fingerprint.Length)).ToList();
        _hasShort = byKey.Exists(group => group.Key.Length == Fingerprint.MinLength) ? 1 : 0;
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, byKey.Count * 2))];
        _shift = 32 - BitOperations.Log2((uint)_slots.Length);
        var literals = new List<PlacedLiteral>();
        foreach (var group in byKey)
        {
            var index = group.Key.Key * Factor >> (32 - FilterBits);
            _filter[index / 64] |= 1UL << (int)index;
            var slot = SlotOf(group.Key.Key);
            while (_slots[slot].Count != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            var first = literals.Count;
            literals.AddRange(group.SelectMany(one => one.Literals));
            _slots[slot] = new Slot(group.Key.Key, first, literals.Count - first);
        }

        _literals = [.. literals];
    }

    /// <summary>
    /// Of the candidates keeps those that have the key of some fingerprint, or seem to. No branch depends on the text: it would be foreseen wrongly.
    /// </summary>
    /// <param name="offsets">From <paramref name="from"/>; those that stay come to its beginning.</param>
    /// <returns>How many stay.</returns>
    public int Keep(ReadOnlySpan<byte> text, int from, Span<ushort> offsets)
    {
        var kept = 0;
        foreach (var offset in offsets)
        {
            offsets[kept] = offset;
            var key = KeyAt(text, from + offset);
            kept += BitOf(key) | (BitOf(Fingerprint.ShortKey(key)) & _hasShort);
        }

        return kept;
    }

    /// <summary>The key of the four bytes at <paramref name="position"/>; what is behind the text's end counts as zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint KeyAt(ReadOnlySpan<byte> text, int position)
    {
        var rest = text[position..];
        return rest.Length >= Fingerprint.MaxLength ? Fingerprint.KeyAt(rest) : Fingerprint.KeyOf(rest);
    }

    /// <param name="key">Of four bytes, or of three with a zero byte above them.</param>
    public ReadOnlySpan<PlacedLiteral> Find(uint key)
    {
        for (var slot = SlotOf(key); _slots[slot].Count != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (_slots[slot].Key == key)
            {
                return _literals.AsSpan(_slots[slot].First, _slots[slot].Count);
            }
        }

        return [];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int BitOf(uint key)
    {
        var index = key * Factor >> (32 - FilterBits);
        return (int)(_filter[index / 64] >> (int)index) & 1;
    }

    private int SlotOf(uint key) => (int)((key * Factor) >> _shift);

    private readonly record struct Slot(uint Key, int First, int Count);
}
