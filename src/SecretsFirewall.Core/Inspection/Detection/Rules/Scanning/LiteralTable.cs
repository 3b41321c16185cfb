using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// First three bytes of a fingerprint, folded → the literals that have it. Open addressing, sparse: nearly every look-up ends at the first slot.
/// </summary>
internal sealed class LiteralTable
{
    private const uint Factor = 0x9E3779B1;

    private const int FilterBits = 13;

    // By the hash of three bytes, one bit for each fourth byte, of which five bits count: nearly all candidates of clean text end here.
    private readonly uint[] _filter = new uint[1 << FilterBits];

    private readonly Slot[] _slots;
    private readonly PlacedLiteral[] _literals;
    private readonly int _shift;

    public LiteralTable(IReadOnlyList<ChosenFingerprint> fingerprints)
    {
        var byKey = fingerprints.GroupBy(one => Fingerprint.ShortKey(one.Fingerprint.Key)).ToList();
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, byKey.Count * 4))];
        _shift = 32 - BitOperations.Log2((uint)_slots.Length);
        var literals = new List<PlacedLiteral>();
        foreach (var group in byKey)
        {
            var slot = SlotOf(group.Key);
            while (_slots[slot].End != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            // Of two fingerprints of four bytes only one can stand at a place; those of three come behind it.
            var (first, fourths) = (literals.Count, 0u);
            foreach (var one in group.Where(one => one.Fingerprint.Length > Fingerprint.MinLength))
            {
                fourths |= BitOf(one.Fingerprint.Key);
                literals.AddRange(one.Literals);
            }

            var firstShort = literals.Count;
            literals.AddRange(group.Where(one => one.Fingerprint.Length == Fingerprint.MinLength).SelectMany(one => one.Literals));
            _slots[slot] = new Slot(group.Key, fourths, first, firstShort, literals.Count);
            _filter[group.Key * Factor >> (32 - FilterBits)] |= literals.Count > firstShort ? uint.MaxValue : fourths;
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
        var whole = offsets.Length;
        while (whole > 0 && from + offsets[whole - 1] > text.Length - Fingerprint.MaxLength)
        {
            whole--;
        }

        ref var filter = ref MemoryMarshal.GetArrayDataReference(_filter);
        ref var start = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), from);
        ref var end = ref MemoryMarshal.GetReference(offsets);
        for (var i = 0; i < whole; i++)
        {
            var offset = Unsafe.Add(ref end, i);
            Unsafe.Add(ref end, kept) = offset;
            kept += MayBe(ref filter, Fingerprint.Fold(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, (int)offset))));
        }

        foreach (var offset in offsets[whole..])
        {
            offsets[kept] = offset;
            kept += MayBe(ref filter, KeyAt(text, from + offset));
        }

        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int MayBe(ref uint filter, uint key) =>
        (Unsafe.Add(ref filter, Fingerprint.ShortKey(key) * Factor >> (32 - FilterBits)) & BitOf(key)) != 0 ? 1 : 0;

    /// <summary>The key of the four bytes at <paramref name="position"/>; what is behind the text's end counts as zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint KeyAt(ReadOnlySpan<byte> text, int position)
    {
        var rest = text[position..];
        return rest.Length >= Fingerprint.MaxLength ? Fingerprint.KeyAt(rest) : Fingerprint.KeyOf(rest);
    }

    /// <summary>The literals that may stand where these four bytes are at the place of their fingerprint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<PlacedLiteral> Find(uint key)
    {
        var start = Fingerprint.ShortKey(key);
        var index = SlotOf(start);
        while (_slots[index].Key != start && _slots[index].End != 0)
        {
            index = (index + 1) & (_slots.Length - 1);
        }

        ref readonly var slot = ref _slots[index];
        var first = (slot.Fourths & BitOf(key)) != 0 ? slot.First : slot.FirstShort;
        return _literals.AsSpan(first, slot.End - first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BitOf(uint key) => 1u << (int)(key >> 24); // shifts count modulo 32

    private int SlotOf(uint key) => (int)((key * Factor) >> _shift);

    /// <param name="Fourths">The fourth bytes of fingerprints that have one: where another stands, only those of three bytes can.</param>
    private readonly record struct Slot(uint Key, uint Fourths, int First, int FirstShort, int End);
}
