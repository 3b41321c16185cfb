namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// The keyed hashes of every form's first <see cref="Length"/> bytes, of the forms that are longer. With each stands, coarsely (by groups of
/// eight byte values), what may follow before the next level: a line feed after the start of an alphanumeric value ends it at once.
/// </summary>
internal sealed class PrefixLevel(int length)
{
    // High half: 32 bits of the hash, never 0. Low half: the groups that may follow.
    private ulong[] _slots = new ulong[16];
    private int _count;

    public int Length { get; } = length;

    public static uint GroupOf(byte b) => 1u << (b >> 3);

    public void Add(ulong hash, uint follow)
    {
        if (_count * 2 >= _slots.Length)
        {
            Grow();
        }

        var tag = TagOf(hash);
        var slot = SlotOf(tag);
        _count += _slots[slot] == 0 ? 1 : 0;
        _slots[slot] |= ((ulong)tag << 32) | follow;
    }

    /// <summary>False if no form begins so. <paramref name="follow"/>: the groups of the bytes up to the next level.</summary>
    public bool Contains(ulong hash, out uint follow)
    {
        var slot = _slots[SlotOf(TagOf(hash))];
        follow = (uint)slot;
        return slot != 0;
    }

    private static uint TagOf(ulong hash) => (uint)(hash >> 32) | 1;

    private int SlotOf(uint tag)
    {
        var slot = (int)(tag >> 1) & (_slots.Length - 1);
        while (_slots[slot] != 0 && (uint)(_slots[slot] >> 32) != tag)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        return slot;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new ulong[old.Length * 2];
        foreach (var entry in old)
        {
            if (entry != 0)
            {
                _slots[SlotOf((uint)(entry >> 32))] = entry;
            }
        }
    }
}
