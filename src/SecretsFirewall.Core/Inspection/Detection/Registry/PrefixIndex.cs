using System.Numerics;
using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Forms;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Answers, without plaintext, whether a text that ends here is the beginning of some form. It decides what a stream holds back, and
/// cuts verifications short.
/// <para>
/// The first two bytes are looked up in a bitmap of the forms that are longer than what is left of the text (so that one long key does not
/// make the end of every chunk suspicious), then the keyed hashes of the prefixes at growing lengths. The answer may be a false yes
/// by the few bytes between two levels, never a false no.
/// </para>
/// </summary>
internal sealed class PrefixIndex
{
    private const int BitmapWords = 65536 / 64;

    private readonly KeyedHash _hash;
    private readonly ulong[] _firstBytes = new ulong[4];

    // By floor(log2 of the text's length): the first two bytes of the forms longer than that power of two.
    private readonly ulong[][] _firstPairs;
    private readonly PrefixLevel[] _levels;

    public PrefixIndex(FormArena arena, KeyedHash hash)
    {
        _hash = hash;
        foreach (var form in arena.Forms)
        {
            LongestForm = Math.Max(LongestForm, form.Length);
        }

        _levels = CreateLevels(LongestForm);
        _firstPairs = new ulong[LongestForm < 2 ? 0 : BitOperations.Log2((uint)LongestForm) + 1][];
        for (var i = 0; i < _firstPairs.Length; i++)
        {
            _firstPairs[i] = new ulong[BitmapWords];
        }

        foreach (var form in arena.Forms)
        {
            Add(arena.BytesOf(form));
        }
    }

    /// <summary>In bytes; 0 if there are no forms.</summary>
    public int LongestForm { get; }

    public ReadOnlySpan<PrefixLevel> Levels => _levels;

    /// <summary>The smallest position from which <paramref name="text"/> to its end may be a proper prefix of a form; its length if there is none.</summary>
    public int EarliestOpen(ReadOnlySpan<byte> text)
    {
        for (var position = Math.Max(0, text.Length - LongestForm + 1); position < text.Length - 1; position++)
        {
            if (MayStart(text, position) && IsOpen(text[position..]))
            {
                return position;
            }
        }

        return text.Length > 0 && LongestForm > 0 && IsOpen(text[^1..]) ? text.Length - 1 : text.Length;
    }

    /// <summary>True if all of <paramref name="text"/> may be a proper prefix of a form.</summary>
    public bool IsOpen(ReadOnlySpan<byte> text)
    {
        if (text.Length >= LongestForm)
        {
            return false;
        }

        if (text.Length == 1)
        {
            return Has(_firstBytes, text[0]);
        }

        if (!MayStart(text, 0))
        {
            return false;
        }

        var checkedTo = 0;
        var follow = uint.MaxValue;
        foreach (var level in _levels)
        {
            if (level.Length > text.Length)
            {
                break;
            }

            if (!level.Contains(_hash.OfText(text[..level.Length]), out follow))
            {
                return false;
            }

            checkedTo = level.Length;
        }

        foreach (var b in text[checkedTo..])
        {
            if ((follow & PrefixLevel.GroupOf(b)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayStart(ReadOnlySpan<byte> text, int position)
    {
        var pairs = _firstPairs[BitOperations.Log2((uint)(text.Length - position))];
        return Has(pairs, text[position] | (text[position + 1] << 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Has(ulong[] bitmap, int bit) => (bitmap[bit >> 6] & (1UL << (bit & 63))) != 0;

    private static void Set(ulong[] bitmap, int bit) => bitmap[bit >> 6] |= 1UL << (bit & 63);

    /// <summary>3, 4, 6, 8, 12, 16, 24, … below the longest form.</summary>
    private static PrefixLevel[] CreateLevels(int longest)
    {
        var levels = new List<PrefixLevel>();
        for (var length = 3; length < longest; length = BitOperations.IsPow2(length) ? length / 2 * 3 : length / 3 * 4)
        {
            levels.Add(new PrefixLevel(length));
        }

        return [.. levels];
    }

    private void Add(ReadOnlySpan<byte> form)
    {
        Set(_firstBytes, form[0]);
        for (var i = 0; i < _firstPairs.Length && form.Length > 1 << i; i++)
        {
            Set(_firstPairs[i], form[0] | (form[1] << 8));
        }

        for (var i = 0; i < _levels.Length && _levels[i].Length < form.Length; i++)
        {
            var from = _levels[i].Length;
            var to = i + 1 < _levels.Length ? Math.Min(_levels[i + 1].Length, form.Length) : form.Length;
            var follow = 0u;
            foreach (var b in form[from..to])
            {
                follow |= PrefixLevel.GroupOf(b);
            }

            _levels[i].Add(_hash.OfText(form[..from]), follow);
        }
    }
}
