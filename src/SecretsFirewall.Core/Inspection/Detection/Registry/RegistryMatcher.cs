using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Finds every occurrence of every form, overlapping ones too. Cost hardly depends on how many forms there are:
/// <code>
///   text ──► class masks, 64 bytes at a time ──► transitions among characters of forms (about 5 in 1,000 bytes)
///                                                     │ the 8 bytes around
///                                                     ▼
///                                             Bloom filter ──no──► (99 of 100 end here)
///                                                     │ maybe
///                                                     ▼
///                                     window → shapes (offset, length), by offset
///                                                     │ start = window − offset
///                                                     ▼
///                            prefix hashes at growing lengths ──no──► (a window that only looks alike)
///                                                     │ yes
///                                                     ▼
///                                     hash of the whole ──► HMAC ──► detection
/// </code>
/// Forms without a transition are found by windows at regular distances instead; those run only if there are any.
/// </summary>
internal sealed class RegistryMatcher
{
    // Confirmed hashes that one scan remembers: the same value 10,000 times costs one HMAC.
    private const int RememberedVerdicts = 16;

    private readonly KeyedHash _hash = KeyedHash.CreateRandom();
    private readonly (SecretName Name, bool IsCanary)[] _secrets;
    private readonly FormTable _forms;
    private readonly List<(int Position, WindowTable Windows)> _anchors = [];
    private readonly WindowTable _wide;
    private readonly WindowTable _narrow;
    private readonly WindowFinder _finder;

    /// <param name="secrets">By the secrets' numbers in the arena.</param>
    public RegistryMatcher(FormArena arena, (SecretName Name, bool IsCanary)[] secrets)
    {
        _secrets = secrets;
        _forms = new FormTable(arena, _hash);
        Prefixes = new PrefixIndex(arena, _hash);
        var windows = WindowChooser.Choose(arena, _hash);
        _finder = new WindowFinder(windows);
        for (var position = 0; position < WindowChooser.WindowLength; position++)
        {
            if (windows.Anchors[position].Count > 0)
            {
                _anchors.Add((position, new WindowTable(windows.Anchors[position], _hash)));
            }
        }

        _wide = new WindowTable(windows.Wide, _hash);
        _narrow = new WindowTable(windows.Narrow, _hash);
    }

    public int FormCount => _forms.Count;

    public PrefixIndex Prefixes { get; }

    /// <summary>Adds the occurrences whose window is come upon in [<paramref name="from"/>, <paramref name="to"/>) and that lie in <paramref name="text"/>.</summary>
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        if (FormCount == 0)
        {
            return;
        }

        Span<ulong> verdicts = stackalloc ulong[RememberedVerdicts];
        verdicts.Clear();
        FindWindows(text, from, to, verdicts, into);
        if (!_narrow.IsEmpty)
        {
            FindNarrow(text, from, to, verdicts, into);
        }
    }

    [SkipLocalsInit]
    private void FindWindows(ReadOnlySpan<byte> text, int from, int to, Span<ulong> verdicts, List<Detection> into)
    {
        Span<ulong> words = stackalloc ulong[WindowFinder.MaxMarks];
        Span<ushort> offsets = stackalloc ushort[BlockPositions.Capacity];
        for (; from < to; from += BlockPositions.StretchLength)
        {
            var marks = _finder.Read(text, from, Math.Min(to, from + BlockPositions.StretchLength), words);
            foreach (var (position, windows) in _anchors)
            {
                var anchors = WindowFinder.ListAnchors(marks, position, offsets);
                LookAt(windows, text, from - WindowChooser.WindowLength + 1, offsets[..anchors], verdicts, into);
            }

            if (!_wide.IsEmpty)
            {
                LookAt(_wide, text, from, offsets[.._finder.ListWide(marks, offsets)], verdicts, into);
            }
        }
    }

    /// <summary>The windows lie in the text; only at its edges some do not.</summary>
    private void LookAt(WindowTable windows, ReadOnlySpan<byte> text, int origin, Span<ushort> offsets, Span<ulong> verdicts, List<Detection> into)
    {
        while (offsets.Length > 0 && origin + offsets[0] < 0)
        {
            offsets = offsets[1..];
        }

        while (offsets.Length > 0 && origin + offsets[^1] > text.Length - WindowChooser.WindowLength)
        {
            offsets = offsets[..^1];
        }

        var kept = windows.Filter.Keep(text, origin, offsets);
        VerifyAll(windows, text, origin, offsets[..kept], verdicts, into);
    }

    private void VerifyAll(WindowTable windows, ReadOnlySpan<byte> text, int origin, ReadOnlySpan<ushort> offsets, Span<ulong> verdicts, List<Detection> into)
    {
        foreach (var offset in offsets)
        {
            var at = origin + offset;
            Verify(windows, BinaryPrimitives.ReadUInt64LittleEndian(text[at..]), text, at, verdicts, into);
        }
    }

    private void FindNarrow(ReadOnlySpan<byte> text, int from, int to, Span<ulong> verdicts, List<Detection> into)
    {
        var filter = _narrow.Filter;
        var end = Math.Min(to, text.Length - WindowChooser.NarrowLength + 1);
        for (var at = from; at < end; at += WindowChooser.NarrowStride)
        {
            var window = WindowChooser.NarrowWindow(text[at..]);
            if (filter.MayContain(window))
            {
                Verify(_narrow, window, text, at, verdicts, into);
            }
        }
    }

    /// <summary>
    /// Checks the forms that could lie around a window. Shapes with the same offset start at the same byte, and come from short to long:
    /// what the prefix hashes have ruled out for one is ruled out for the longer ones, so a window that many forms share costs little
    /// where none of them is.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Verify(WindowTable windows, ulong bytes, ReadOnlySpan<byte> text, int window, Span<ulong> verdicts, List<Detection> into)
    {
        var offset = -1;
        var level = 0;
        var possible = false;
        foreach (var shape in windows.Find(_hash.OfWindow(bytes)))
        {
            var start = window - shape.Offset;
            if (shape.Offset != offset)
            {
                offset = shape.Offset;
                level = 0;
                possible = start >= 0;
            }

            possible = possible && shape.Length <= text.Length - start;
            for (; possible && level < Prefixes.Levels.Length && Prefixes.Levels[level].Length < shape.Length; level++)
            {
                var prefix = Prefixes.Levels[level];
                possible = prefix.Contains(_hash.OfText(text.Slice(start, prefix.Length)), out _);
            }

            if (possible)
            {
                VerifyWhole(text, start, shape.Length, verdicts, into);
            }
        }
    }

    private void VerifyWhole(ReadOnlySpan<byte> text, int start, int length, Span<ulong> verdicts, List<Detection> into)
    {
        var candidate = text.Slice(start, length);
        var hash = _hash.OfText(candidate);
        if (!_forms.TryFind(hash, length, out var form))
        {
            return;
        }

        ref var remembered = ref verdicts[(int)hash & (RememberedVerdicts - 1)];
        if (remembered != hash)
        {
            if (!FormTable.Confirms(form, candidate))
            {
                return;
            }

            remembered = hash;
        }

        var (name, isCanary) = _secrets[form.Secret];
        into.Add(isCanary
            ? new(start, length, FindingKind.Canary, Detection.CanaryRule, name, form.Form, form.Alignment)
            : new(start, length, FindingKind.Registered, Detection.RegistryRule, name, form.Form, form.Alignment));
    }
}
