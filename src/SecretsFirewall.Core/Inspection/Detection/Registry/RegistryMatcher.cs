using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Finds every occurrence of every form, overlapping ones too. Cost hardly depends on how many forms there are:
/// <code>
///   text ──► class masks, 64 bytes at a time ──► letter/digit transitions (about 15 in 1,000 bytes)
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
/// Forms without a transition are found by windows at regular distances instead; those loops run only if there are any.
/// </summary>
internal sealed class RegistryMatcher
{
    // Confirmed hashes that one scan remembers: the same value 10,000 times costs one HMAC.
    private const int RememberedVerdicts = 16;

    private readonly KeyedHash _hash = KeyedHash.CreateRandom();
    private readonly SecretName[] _names;
    private readonly FormTable _forms;
    private readonly List<(int Position, WindowTable Windows)> _anchors = [];
    private readonly WindowTable _wide;
    private readonly WindowTable _narrow;
    private readonly int _wideStride;

    /// <param name="names">By the secrets' numbers in the arena.</param>
    public RegistryMatcher(FormArena arena, SecretName[] names)
    {
        _names = names;
        _forms = new FormTable(arena, _hash);
        Prefixes = new PrefixIndex(arena, _hash);
        var windows = WindowChooser.Choose(arena, _hash);
        for (var position = 0; position < WindowChooser.WindowLength; position++)
        {
            if (windows.Anchors[position].Count > 0)
            {
                _anchors.Add((position, new WindowTable(windows.Anchors[position], _hash)));
            }
        }

        _wide = new WindowTable(windows.Wide, _hash);
        _wideStride = windows.WideStride;
        _narrow = new WindowTable(windows.Narrow, _hash);
    }

    public int FormCount => _forms.Count;

    public PrefixIndex Prefixes { get; }

    /// <summary>Adds the occurrences whose window is come upon in [<paramref name="from"/>, <paramref name="to"/>) and that lie in <paramref name="text"/>.</summary>
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        Span<ulong> verdicts = stackalloc ulong[RememberedVerdicts];
        verdicts.Clear();
        if (_anchors.Count > 0)
        {
            FindAtTransitions(text, from, to, verdicts, into);
        }

        if (!_wide.IsEmpty)
        {
            FindWide(text, from, to, verdicts, into);
        }

        if (!_narrow.IsEmpty)
        {
            FindNarrow(text, from, to, verdicts, into);
        }
    }

    private void FindAtTransitions(ReadOnlySpan<byte> text, int from, int to, Span<ulong> verdicts, List<Detection> into)
    {
        Span<ushort> offsets = stackalloc ushort[BlockPositions.Capacity];
        for (; from < to; from += BlockPositions.StretchLength)
        {
            var count = TransitionList.Collect(text, from, Math.Min(to, from + BlockPositions.StretchLength), offsets);
            foreach (var (position, windows) in _anchors)
            {
                ProbeAnchors(windows, text, from - position, offsets[..count], verdicts, into);
            }
        }
    }

    private void ProbeAnchors(
        WindowTable windows, ReadOnlySpan<byte> text, int origin, ReadOnlySpan<ushort> offsets, Span<ulong> verdicts, List<Detection> into)
    {
        var filter = windows.Filter;
        foreach (var offset in offsets)
        {
            var at = origin + offset;
            if (at < 0 || at > text.Length - WindowChooser.WindowLength)
            {
                continue;
            }

            var window = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
            if (filter.MayContain(window))
            {
                Verify(windows.Find(_hash.OfWindow(window)), text, at, verdicts, into);
            }
        }
    }

    private void FindWide(ReadOnlySpan<byte> text, int from, int to, Span<ulong> verdicts, List<Detection> into)
    {
        var filter = _wide.Filter;
        var stride = _wideStride;
        var end = Math.Min(to, text.Length - WindowChooser.WindowLength + 1);
        for (var at = from; at < end; at += stride)
        {
            var window = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
            if (filter.MayContain(window))
            {
                Verify(_wide.Find(_hash.OfWindow(window)), text, at, verdicts, into);
            }
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
                Verify(_narrow.Find(_hash.OfWindow(window)), text, at, verdicts, into);
            }
        }
    }

    /// <summary>
    /// Checks the forms that could lie around a window. Shapes with the same offset start at the same byte, and come from short to long:
    /// what the prefix hashes have ruled out for one is ruled out for the longer ones, so a window that many forms share costs little
    /// where none of them is.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Verify(ReadOnlySpan<Shape> shapes, ReadOnlySpan<byte> text, int window, Span<ulong> verdicts, List<Detection> into)
    {
        var offset = -1;
        var level = 0;
        var possible = false;
        foreach (var shape in shapes)
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

        into.Add(new(start, length, FindingKind.Registered, Detection.RegistryRule, _names[form.Secret], form.Form, form.Alignment));
    }
}
