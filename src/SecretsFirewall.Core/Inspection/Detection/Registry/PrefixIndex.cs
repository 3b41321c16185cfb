using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Forms;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Answers, without plaintext, whether a text that ends here is the beginning of some form. It decides what a stream holds back, and
/// cuts verifications short. The answer may be a false yes by the few bytes between two levels, never a false no.
/// <code>
///   … text ─────────────────────────────────────────────────────────────┤ end
///     far: first bytes of the long forms │ near: Bloom filter │ last 7:   │
///     only, found by vector search       │ of the first 8     │ bitmaps   │
///                                        │ bytes of forms     │ and levels│
/// </code>
/// What passes is looked up in the keyed hashes of the forms' prefixes at growing lengths (<see cref="PrefixLevel"/>).
/// </summary>
internal sealed class PrefixIndex
{
    // Bytes that one word holds.
    private const int StartLength = 8;

    // Ordinary tokens are shorter in every form: only long keys make the text before this suspicious, and they begin with few different bytes.
    private const int NearLength = 256;

    // 3, 4, 6, 8, 12, 16: prefixes of 16 bytes are few enough to share by chance.
    private const int EarlyLevel = 5;

    private readonly KeyedHash _hash;
    private readonly ulong[] _firstBytes = new ulong[256 / 64];
    private readonly ulong[] _firstPairs = new ulong[65536 / 64];
    private readonly SearchValues<byte> _firstBytesOfLongForms;

    // A text cannot be open from before a byte that no form has: in ordinary text the last blank is near.
    private readonly SearchValues<byte> _bytesOfForms;
    private readonly SearchValues<byte> _bytesOfLongForms;
    private readonly BloomFilter _starts;
    private readonly PrefixLevel[] _levels;

    public PrefixIndex(FormArena arena, KeyedHash hash)
    {
        _hash = hash;
        _starts = new BloomFilter(arena.Forms.Count);
        foreach (var form in arena.Forms)
        {
            LongestForm = Math.Max(LongestForm, form.Length);
        }

        _levels = CreateLevels(LongestForm);
        var longStarts = new HashSet<byte>();
        var (all, ofLong) = (new bool[256], new bool[256]);
        foreach (var form in arena.Forms)
        {
            var bytes = arena.BytesOf(form);
            Add(bytes);
            Mark(all, bytes);
            if (form.Length > NearLength)
            {
                longStarts.Add(bytes[0]);
                Mark(ofLong, bytes);
            }
        }

        _firstBytesOfLongForms = SearchValues.Create([.. longStarts]);
        _bytesOfForms = ValuesOf(all);
        _bytesOfLongForms = ValuesOf(ofLong);
    }

    /// <summary>In bytes; 0 if there are no forms.</summary>
    public int LongestForm { get; }

    public ReadOnlySpan<PrefixLevel> Levels => _levels;

    /// <summary>The smallest position from <paramref name="from"/> on and before <paramref name="limit"/> from which <paramref name="text"/> to its end may be a proper prefix of a form; else the limit.</summary>
    public int EarliestOpen(ReadOnlySpan<byte> text, int from, int limit)
    {
        var near = Math.Min(limit, text.Length - NearLength);
        var far = LongestForm > NearLength ? FirstOf(_bytesOfLongForms, text, Math.Max(from, text.Length - LongestForm + 1)) : near;
        for (; far < near; far++)
        {
            var next = text[far..near].IndexOfAny(_firstBytesOfLongForms);
            if (next < 0)
            {
                break;
            }

            far += next;
            if (IsOpenFromWord(text[far..]))
            {
                return far;
            }
        }

        var position = FirstOf(_bytesOfForms, text, Math.Max(Math.Max(from, near), text.Length - LongestForm + 1));
        for (var words = Math.Min(limit, text.Length - StartLength + 1); position < words; position++)
        {
            if (IsOpenFromWord(text[position..]))
            {
                return position;
            }
        }

        for (; position < limit; position++)
        {
            if (IsOpen(text[position..]))
            {
                return position;
            }
        }

        return limit;
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

        if (!Has(_firstPairs, PairOf(text)))
        {
            return false;
        }

        // A prefix that is there implies the shorter ones. One at an early level first spares hashing a long text that only begins alike.
        var last = LastLevelWithin(text.Length);
        if (last < 0)
        {
            return true;
        }

        if (last > EarlyLevel && !Contains(EarlyLevel, text, out _))
        {
            return false;
        }

        if (!Contains(last, text, out var follow))
        {
            return false;
        }

        foreach (var b in text[_levels[last].Length..])
        {
            if ((follow & PrefixLevel.GroupOf(b)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOpenFromWord(ReadOnlySpan<byte> text) => _starts.MayContain(BinaryPrimitives.ReadUInt64LittleEndian(text)) && IsOpen(text);

    /// <summary>The first position from <paramref name="from"/> on behind which all bytes are of the <paramref name="values"/>.</summary>
    private static int FirstOf(SearchValues<byte> values, ReadOnlySpan<byte> text, int from) =>
        from >= text.Length ? from : from + text[from..].LastIndexOfAnyExcept(values) + 1;

    private static void Mark(bool[] marks, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            marks[b] = true;
        }
    }

    private static SearchValues<byte> ValuesOf(bool[] marks) => SearchValues.Create([.. Enumerable.Range(0, marks.Length).Where(b => marks[b]).Select(b => (byte)b)]);

    private bool Contains(int level, ReadOnlySpan<byte> text, out uint follow) =>
        _levels[level].Contains(_hash.OfText(text[.._levels[level].Length]), out follow);

    /// <summary>The index of the longest level that is not longer than <paramref name="length"/>; −1 if all are.</summary>
    private int LastLevelWithin(int length)
    {
        var level = -1;
        while (level + 1 < _levels.Length && _levels[level + 1].Length <= length)
        {
            level++;
        }

        return level;
    }

    private static int PairOf(ReadOnlySpan<byte> text) => text[0] | (text[1] << 8);

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
        Set(_firstPairs, PairOf(form));
        _starts.Add(BinaryPrimitives.ReadUInt64LittleEndian(form));
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
