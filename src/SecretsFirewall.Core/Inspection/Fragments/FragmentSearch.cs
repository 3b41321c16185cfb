using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Inspection.Fragments;

/// <summary>
/// Finds secrets that a JSON body holds in pieces: in neighbouring strings, in the items of an array, in consecutive messages. Whoever reads the body
/// can put them together, and no search of its text sees them.
/// <code>
///   "content": "use abc_9f"   ─┐ seam               use abc_9f+K2x7 and …
///   "content": "K2x7 and …"   ─┘        joined ─►       └─────────┘ a finding across it
/// </code>
/// <list type="number">
/// <item>Strings follow each other in two ways: as they stand, and under the same name with others between them. Labels and ids do not count.</item>
/// <item>What runs on without white space from one string into the next is a run. Most texts end with white space or a word: their runs are nothing.</item>
/// <item>Runs that could be secrets are joined, with a little of what stands around them, and searched.</item>
/// <item>A finding counts if it crosses a seam and no part of it is replaced anyway.</item>
/// </list>
/// Time is linear in the body. Nothing is rewritten: a reference cannot stand in two strings.
/// </summary>
public sealed class FragmentSearch
{
    // Runs under so many different names at once. No API has more members that hold texts.
    private const int MostNames = 32;

    // A name, an assignment and quotes before a value; a boundary behind it.
    private const int Around = 96;

    private const int SearchedAtOnce = 64 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly IReadOnlyList<Detection.Detection> _replaced;
    private readonly Func<Detection.Detection, bool> _counts;
    private readonly List<Detection.Detection> _found = [];
    private readonly List<Detection.Detection> _inside = [];
    private readonly JoinedText _joined;
    private readonly SeamRun _inOrder = new();
    private readonly Dictionary<ulong, SeamRun> _byName = [];

    private FragmentSearch(
        DetectionSnapshot snapshot, IReadOnlyList<Detection.Detection> replaced, Func<Detection.Detection, bool> counts, JoinedText joined)
    {
        _snapshot = snapshot;
        _replaced = replaced;
        _counts = counts;
        _joined = joined;
    }

    /// <param name="replaced">What is replaced in the body itself: sorted, no two overlapping.</param>
    /// <param name="counts">True for findings that would matter.</param>
    /// <returns>The first secret in pieces, with the place of its first one in the body; null if there is none.</returns>
    public static Detection.Detection? Find(
        ReadOnlySpan<byte> json, DetectionSnapshot snapshot, IReadOnlyList<Detection.Detection> replaced, Func<Detection.Detection, bool> counts)
    {
        using var joined = new JoinedText();
        return new FragmentSearch(snapshot, replaced, counts, joined).Find(json);
    }

    private Detection.Detection? Find(ReadOnlySpan<byte> json)
    {
        // :: Step 1
        var strings = new JsonStrings(json);
        for (var number = 1; strings.MoveNext(); number++)
        {
            var next = strings.Current;
            if (next.Length == 0)
            {
                number--;
                continue;
            }

            Add(json, _inOrder, next, number);
            if (RunOf(next.Key) is { } run)
            {
                AddByName(json, run, next, number);
            }

            if (_joined.Text.Length > SearchedAtOnce && Search(json) is { } found)
            {
                return found;
            }
        }

        Join(json, _inOrder);
        foreach (var run in _byName.Values)
        {
            Join(json, run);
        }

        return Search(json);
    }

    private SeamRun? RunOf(ulong name)
    {
        if (!_byName.TryGetValue(name, out var run) && _byName.Count < MostNames)
        {
            run = new SeamRun();
            _byName.Add(name, run);
        }

        return run;
    }

    // :: Step 2
    private void AddByName(ReadOnlySpan<byte> json, SeamRun run, in JsonString next, int number)
    {
        if (run.LastNumber < number - 1)
        {
            Add(json, run, next, number);
            return;
        }

        // Its neighbour: that seam is the other run's.
        Join(json, run);
        run.Begin(next, number);
    }

    private void Add(ReadOnlySpan<byte> json, SeamRun run, in JsonString next, int number)
    {
        if (!run.GoesOn(json, next))
        {
            Join(json, run);
            run.Begin(next, number);
            return;
        }

        run.Add(next, number);
        if (!SeamRun.IsPassedThrough(json, next))
        {
            Join(json, run);
            run.Begin(next, number);
        }
        else if (run.IsFull)
        {
            Join(json, run);
            run.Cut();
        }
    }

    // :: Step 3
    private void Join(ReadOnlySpan<byte> json, SeamRun run)
    {
        var strings = run.Strings;
        if (strings.Count < 2 || !run.MayHoldSecret(json))
        {
            return;
        }

        for (var i = 0; i < strings.Count; i++)
        {
            var one = strings[i];
            var (start, length) = (one.Start, one.Length);
            if (i == 0)
            {
                length = Math.Min(length, SeamRun.EndOf(json, one) + Around);
                start += one.Length - length;
            }
            else if (i == strings.Count - 1)
            {
                length = Math.Min(length, SeamRun.BeginOf(json, one) + Around);
            }

            _joined.Add(json, start, length, one.IsEscaped, isSeam: i > 0);
        }
    }

    // :: Step 4
    private Detection.Detection? Search(ReadOnlySpan<byte> json)
    {
        if (_joined.Text.IsEmpty)
        {
            return null;
        }

        _snapshot.Find(_joined.Text, _found);
        foreach (var one in _found)
        {
            if ((_counts(one) ? Across(json, one) : InsideOf(json, one)) is { } secret)
            {
                return secret;
            }
        }

        _joined.Clear();
        return null;
    }

    /// <summary>What does not count by itself, as the text behind <c>password=</c>, may hold what does: the longer of two findings is the one that is told.</summary>
    private Detection.Detection? InsideOf(ReadOnlySpan<byte> json, in Detection.Detection outer)
    {
        _snapshot.Find(_joined.Text.Slice((int)outer.Start, outer.Length), _inside);
        foreach (var one in _inside)
        {
            if (_counts(one) && Across(json, one with { Start = outer.Start + one.Start }) is { } secret)
            {
                return secret;
            }
        }

        return null;
    }

    private Detection.Detection? Across(ReadOnlySpan<byte> json, in Detection.Detection one) =>
        _joined.PartsAcross(json, (int)one.Start, (int)one.End) is { Count: > 0 } parts && !parts.Exists(IsReplaced)
            ? one with { Start = parts[0].Start, Length = parts[0].End - parts[0].Start }
            : null;

    private bool IsReplaced((int Start, int End) part)
    {
        var (low, high) = (0, _replaced.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _replaced[middle].End <= part.Start ? (middle + 1, high) : (low, middle);
        }

        return low < _replaced.Count && _replaced[low].Start < part.End;
    }
}
