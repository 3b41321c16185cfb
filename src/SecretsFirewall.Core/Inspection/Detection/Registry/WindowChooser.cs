using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using SecretsFirewall.Inspection.Detection.Forms;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Chooses for each form the window under which it is indexed: eight bytes with a transition in their middle, those that the fewest forms share, so that
/// values with a common prefix are told apart by what differs.
/// Counts are kept in a sketch (hash → count, collisions add up): its size is fixed, and an overcount only costs a second-best choice.
/// </summary>
internal sealed class WindowChooser
{
    /// <summary>No form is shorter.</summary>
    public const int WindowLength = 8;

    /// <summary>Where in a window the byte behind the transition stands.</summary>
    public const int Middle = WindowLength / 2;

    // Candidates that are looked at in one form. A long key has thousands of transitions; any of them will do.
    private const int MaxCandidates = 48;

    // Windows of other bytes make every window of the text that has them worth a look.
    private static readonly SearchValues<byte> OrdinaryBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    private readonly Transitions _transitions;
    private readonly KeyedHash _hash;
    private readonly uint[] _counts;
    private readonly List<int> _candidates = [];

    private WindowChooser(int forms, Transitions transitions, KeyedHash hash)
    {
        _transitions = transitions;
        _hash = hash;
        _counts = new uint[Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)forms * 8), 1 << 10, 1 << 23)];
    }

    /// <param name="transitions">Gets those that the forms need, and the bytes of the windows.</param>
    /// <returns>One window of each form.</returns>
    public static List<WindowEntry> Choose(FormArena arena, KeyedHash hash, Transitions transitions)
    {
        var chooser = new WindowChooser(arena.Forms.Count, transitions, hash);
        foreach (var form in arena.Forms)
        {
            chooser.Prepare(arena.BytesOf(form));
        }

        foreach (var form in arena.Forms)
        {
            chooser.Count(arena.BytesOf(form));
        }

        var windows = new List<WindowEntry>(arena.Forms.Count);
        foreach (var form in arena.Forms)
        {
            windows.Add(chooser.Choose(arena.BytesOf(form)));
        }

        return windows;
    }

    /// <summary>Sees to it that there is a transition in the middle of some window.</summary>
    private void Prepare(ReadOnlySpan<byte> form)
    {
        var (best, least) = (Middle, (IsOrdinary: false, Share: double.MaxValue));
        for (var i = Middle; i <= form.Length - Middle; i++)
        {
            if (_transitions.IsTransition(form[i - 1], form[i]))
            {
                return;
            }

            var (isOrdinary, share) = (IsOrdinary(form, i), _transitions.ShareWith(form[i - 1], form[i]));
            if ((isOrdinary && !least.IsOrdinary) || (isOrdinary == least.IsOrdinary && share < least.Share))
            {
                (best, least) = (i, (isOrdinary, share));
            }
        }

        _transitions.Add(form[best - 1], form[best]);
    }

    private void Count(ReadOnlySpan<byte> form)
    {
        CollectTransitions(form);
        foreach (var transition in _candidates)
        {
            CountOf(HashOf(form, transition))++;
        }
    }

    private WindowEntry Choose(ReadOnlySpan<byte> form)
    {
        CollectTransitions(form);
        var start = RarestTransition(form) - Middle;
        foreach (var b in form.Slice(start, WindowLength))
        {
            _transitions.AddMember(b);
        }

        return new WindowEntry(BinaryPrimitives.ReadUInt64LittleEndian(form[start..]), new Shape(start, form.Length));
    }

    /// <summary>Those in the middle of windows of ordinary characters; if there are none, of others.</summary>
    private void CollectTransitions(ReadOnlySpan<byte> form)
    {
        _candidates.Clear();
        var hasOrdinary = false;
        for (var i = Middle; i <= form.Length - Middle; i++)
        {
            if (!_transitions.IsTransition(form[i - 1], form[i]))
            {
                continue;
            }

            var isOrdinary = IsOrdinary(form, i);
            if (isOrdinary && !hasOrdinary)
            {
                hasOrdinary = true;
                _candidates.Clear();
            }

            if (isOrdinary == hasOrdinary)
            {
                _candidates.Add(i);
            }
        }

        Thin(_candidates);
    }

    private static bool IsOrdinary(ReadOnlySpan<byte> form, int transition) =>
        !form.Slice(transition - Middle, WindowLength).ContainsAnyExcept(OrdinaryBytes);

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
            var hash = HashOf(form, transition);
            var rank = (CountOf(hash), -Mixture(form.Slice(transition - Middle, WindowLength)), hash);
            if (rank.CompareTo(bestRank) < 0)
            {
                (best, bestRank) = (transition, rank);
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

    private ulong HashOf(ReadOnlySpan<byte> form, int transition) =>
        _hash.OfWindow(BinaryPrimitives.ReadUInt64LittleEndian(form[(transition - Middle)..]));

    private ref uint CountOf(ulong hash) => ref _counts[(int)(hash >> 20) & (_counts.Length - 1)];
}
