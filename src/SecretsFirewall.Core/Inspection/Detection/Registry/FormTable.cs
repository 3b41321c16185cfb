using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using SecretsFirewall.Inspection.Detection.Forms;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>What is known of a form: everything but its bytes.</summary>
internal readonly record struct FormRecord(ulong Hash, UInt128 Mac, int Secret, int Length, ValueForm Form, byte Alignment);

/// <summary>
/// Keyed hash of a whole form → the form. A hit is confirmed by 128 bits of HMAC-SHA-256 under a key that lives as long as the process:
/// what is reported as a registered value is one.
/// </summary>
internal sealed class FormTable
{
    private static readonly byte[] ProcessKey = RandomNumberGenerator.GetBytes(32);

    private readonly FormRecord[] _records;
    private readonly int[] _slots;

    /// <param name="hash">The snapshot's hash, by which candidates are looked up.</param>
    public FormTable(FormArena arena, KeyedHash hash)
    {
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, arena.Forms.Count * 2))];
        var records = new List<FormRecord>(arena.Forms.Count);
        foreach (var form in arena.Forms)
        {
            var bytes = arena.BytesOf(form);
            var record = new FormRecord(hash.OfText(bytes), MacOf(bytes), form.Secret, form.Length, form.Form, form.Alignment);
            var slot = SlotOf(record.Hash, records);
            if (_slots[slot] == 0)
            {
                records.Add(record);
                _slots[slot] = records.Count;
            }
            else if (record.Form < records[_slots[slot] - 1].Form)
            {
                // One value's encoded form is another's plain value: the plainer reading names it, among equals the first secret.
                records[_slots[slot] - 1] = record;
            }
        }

        _records = [.. records];
    }

    public int Count => _records.Length;

    /// <summary>The form with this hash, still to be confirmed.</summary>
    public bool TryFind(ulong hash, int length, out FormRecord record)
    {
        var slot = SlotOf(hash, _records);
        record = _slots[slot] == 0 ? default : _records[_slots[slot] - 1];
        return _slots[slot] != 0 && record.Length == length;
    }

    /// <summary>True exactly if <paramref name="candidate"/> is the form.</summary>
    public static bool Confirms(in FormRecord record, ReadOnlySpan<byte> candidate) => MacOf(candidate) == record.Mac;

    private static UInt128 MacOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(ProcessKey, bytes, mac);
        return BinaryPrimitives.ReadUInt128LittleEndian(mac);
    }

    private int SlotOf(ulong hash, IReadOnlyList<FormRecord> records)
    {
        var slot = (int)hash & (_slots.Length - 1);
        while (_slots[slot] != 0 && records[_slots[slot] - 1].Hash != hash)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        return slot;
    }
}
