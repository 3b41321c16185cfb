using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using SecretsFirewall.Inspection.Detection.Forms;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>The windows under which the forms are indexed, by the way in which the scan comes upon them.</summary>
internal sealed class ChosenWindows
{
    /// <summary>
    /// Eight bytes at a letter/digit transition, by how many of them stand before it. Nearly all have 4; short forms whose only transitions
    /// are near an edge have others.
    /// </summary>
    public List<WindowEntry>[] Anchors { get; } = [.. Enumerable.Range(0, WindowChooser.WindowLength).Select(_ => new List<WindowEntry>())];

    /// <summary>Forms without a transition well inside, long enough for eight-byte windows at every <see cref="WideStride"/>th position of the text.</summary>
    public List<WindowEntry> Wide { get; } = [];

    /// <summary>As far as the shortest of these forms allows: a power of two, so that each block of text has the same places.</summary>
    public int WideStride { get; set; }

    /// <summary>The shortest forms without a transition: five-byte windows at every fourth position.</summary>
    public List<WindowEntry> Narrow { get; } = [];
}

/// <summary>
/// Chooses for each form the window that the fewest forms share, so that values with a common prefix are told apart by what differs.
/// Counts are kept in a sketch (hash → count, collisions add up): its size is fixed, and an overcount only costs a second-best choice.
/// </summary>
internal sealed class WindowChooser
{
    public const int WindowLength = 8;
    public const int MinWideStride = 8;
    public const int MaxWideStride = 32;
    public const int NarrowLength = 5;
    public const int NarrowStride = 4;

    private const int PreferredPosition = WindowLength / 2;

    // Windows of other bytes make every window of the text that has them worth a look.
    private static readonly SearchValues<byte> OrdinaryBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    // Candidates that are looked at in one form. A long key has thousands of transitions; any of them will do.
    private const int MaxCandidates = 48;

    private readonly FormArena _arena;
    private readonly KeyedHash _hash;
    private readonly uint[] _counts;
    private readonly List<int> _candidates = [];
    private readonly int _wideStride;

    private WindowChooser(FormArena arena, KeyedHash hash)
    {
        _arena = arena;
        _hash = hash;
        _wideStride = WideStrideFor(arena);
        _counts = new uint[Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)arena.Forms.Count * 8), 1 << 10, 1 << 23)];
    }

    public static ChosenWindows Choose(FormArena arena, KeyedHash hash)
    {
        var chooser = new WindowChooser(arena, hash);
        foreach (var form in arena.Forms)
        {
            chooser.Count(arena.BytesOf(form));
        }

        var chosen = new ChosenWindows { WideStride = chooser._wideStride };
        foreach (var form in arena.Forms)
        {
            chooser.Choose(arena.BytesOf(form), chosen);
        }

        return chosen;
    }

    /// <summary>The five bytes at the start of <paramref name="text"/> in the low end of a word.</summary>
    public static ulong NarrowWindow(ReadOnlySpan<byte> text) =>
        BinaryPrimitives.ReadUInt32LittleEndian(text) | ((ulong)text[4] << 32);

    private static ulong WideWindow(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt64LittleEndian(text);

    private void Count(ReadOnlySpan<byte> form)
    {
        if (CollectTransitions(form))
        {
            foreach (var transition in _candidates)
            {
                CountOf(_hash.OfWindow(AnchorWindow(form, transition)))++;
            }

            return;
        }

        var (length, stride) = Strided(form);
        foreach (var first in CollectStarts(form, length, stride))
        {
            CountOf(_hash.OfWindow(StridedWindow(form, first, length)))++;
        }
    }

    private void Choose(ReadOnlySpan<byte> form, ChosenWindows chosen)
    {
        if (CollectTransitions(form))
        {
            var transition = RarestTransition(form);
            var position = PositionOf(form, transition);
            chosen.Anchors[position].Add(new(AnchorWindow(form, transition), new(transition - position, form.Length)));
            return;
        }

        var (length, stride) = Strided(form);
        var first = RarestStart(form, length, stride);
        var entries = length == WindowLength ? chosen.Wide : chosen.Narrow;
        for (var offset = first; offset < first + stride; offset++)
        {
            entries.Add(new(StridedWindow(form, offset, length), new(offset, form.Length)));
        }
    }

    private (int Length, int Stride) Strided(ReadOnlySpan<byte> form) =>
        IsWide(form) ? (WindowLength, _wideStride) : (NarrowLength, NarrowStride);

    private static bool IsWide(ReadOnlySpan<byte> form) => form.Length >= WindowLength + MinWideStride - 1;

    // At every stride-th position of the text one of as many adjacent windows of the form is hit: a form of n bytes has n - 7 windows.
    private int WideStrideFor(FormArena arena)
    {
        var stride = MaxWideStride;
        foreach (var form in arena.Forms)
        {
            var bytes = arena.BytesOf(form);
            if (form.Length < WindowLength + stride - 1 && IsWide(bytes) && !CollectTransitions(bytes))
            {
                stride = (int)(BitOperations.RoundUpToPowerOf2((uint)(form.Length - WindowLength + 2)) / 2);
            }
        }

        return stride;
    }

    /// <summary>
    /// Transitions with four bytes on either side, best of ordinary characters; where a form too short for wide windows has none, those nearer to its edges.
    /// </summary>
    private bool CollectTransitions(ReadOnlySpan<byte> form)
    {
        _candidates.Clear();
        var best = IsWide(form) ? 1 : 0;
        for (var i = 1; i < form.Length; i++)
        {
            if (!Transitions.IsTransition(form[i - 1], form[i]))
            {
                continue;
            }

            var isInner = i >= PreferredPosition && i <= form.Length - PreferredPosition;
            var rank = !isInner ? 0 : form.Slice(i - PreferredPosition, WindowLength).ContainsAnyExcept(OrdinaryBytes) ? 1 : 2;
            if (rank > best)
            {
                best = rank;
                _candidates.Clear();
            }

            if (rank == best)
            {
                _candidates.Add(i);
            }
        }

        Thin(_candidates);
        return _candidates.Count > 0;
    }

    private List<int> CollectStarts(ReadOnlySpan<byte> form, int length, int stride)
    {
        _candidates.Clear();
        for (var i = 0; i <= form.Length - (length + stride - 1); i++)
        {
            _candidates.Add(i);
        }

        Thin(_candidates);
        return _candidates;
    }

    private static void Thin(List<int> candidates)
    {
        if (candidates.Count <= MaxCandidates)
        {
            return;
        }

        var step = (double)candidates.Count / MaxCandidates;
        for (var i = 0; i < MaxCandidates; i++)
        {
            candidates[i] = candidates[(int)(i * step)];
        }

        candidates.RemoveRange(MaxCandidates, candidates.Count - MaxCandidates);
    }

    /// <summary>The fewest forms, then the most mixed window (the rarest in ordinary text), then by keyed hash: nobody outside can tell which.</summary>
    private int RarestTransition(ReadOnlySpan<byte> form)
    {
        var best = _candidates[0];
        var bestRank = (uint.MaxValue, int.MaxValue, ulong.MaxValue);
        foreach (var transition in _candidates)
        {
            var hash = _hash.OfWindow(AnchorWindow(form, transition));
            var rank = (CountOf(hash), -Mixture(form.Slice(transition - PositionOf(form, transition), WindowLength)), hash);
            if (rank.CompareTo(bestRank) < 0)
            {
                (best, bestRank) = (transition, rank);
            }
        }

        return best;
    }

    private int RarestStart(ReadOnlySpan<byte> form, int length, int stride)
    {
        var best = 0;
        var bestRank = (uint.MaxValue, ulong.MaxValue);
        foreach (var start in CollectStarts(form, length, stride))
        {
            var hash = _hash.OfWindow(StridedWindow(form, start, length));
            var rank = (CountOf(hash), hash);
            if (rank.CompareTo(bestRank) < 0)
            {
                (best, bestRank) = (start, rank);
            }
        }

        return best;
    }

    private static int Mixture(ReadOnlySpan<byte> window)
    {
        var changes = 0;
        for (var i = 1; i < window.Length; i++)
        {
            changes += (char.IsAsciiDigit((char)window[i]), char.IsAsciiLetterUpper((char)window[i]))
                == (char.IsAsciiDigit((char)window[i - 1]), char.IsAsciiLetterUpper((char)window[i - 1])) ? 0 : 1;
        }

        return changes;
    }

    /// <summary>Few different positions, since each that is in use costs a probe at every transition of the text.</summary>
    private static int PositionOf(ReadOnlySpan<byte> form, int transition)
    {
        var after = form.Length - transition;
        if (transition >= PreferredPosition && after >= WindowLength - PreferredPosition)
        {
            return PreferredPosition;
        }

        return transition < PreferredPosition
            ? (after >= WindowLength - 1 ? 1 : WindowLength - after)
            : Math.Min(transition, WindowLength - 1);
    }

    private static ulong AnchorWindow(ReadOnlySpan<byte> form, int transition) => WideWindow(form[(transition - PositionOf(form, transition))..]);

    private static ulong StridedWindow(ReadOnlySpan<byte> form, int start, int length) =>
        length == WindowLength ? WideWindow(form[start..]) : NarrowWindow(form[start..]);

    private ref uint CountOf(ulong hash) => ref _counts[(int)(hash >> 20) & (_counts.Length - 1)];
}
