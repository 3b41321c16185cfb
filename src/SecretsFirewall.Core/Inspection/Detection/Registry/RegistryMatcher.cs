using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Finds every occurrence of every form, overlapping ones too. Cost hardly depends on how many forms there are:
/// <code>
///   text ──► class masks, 64 bytes at a time ──► letter/digit transitions (about 15 in 1,000 bytes)
///                                                     │ hash of the 8 bytes around
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
/// Forms without a transition are found by windows at every eighth (or fourth) position instead; those loops run only if there are any.
/// </summary>
internal sealed class RegistryMatcher
{
    // Confirmed hashes that one scan remembers: the same value 10,000 times costs one HMAC.
    private const int RememberedVerdicts = 16;

    private readonly KeyedHash _hash = KeyedHash.CreateRandom();
    private readonly SecretName[] _names;
    private readonly FormTable _forms;
    private readonly WindowTable _anchors;
    private readonly WindowTable _wide;
    private readonly WindowTable _narrow;
    private readonly uint _anchorPositions;

    /// <param name="names">By the secrets' numbers in the arena.</param>
    public RegistryMatcher(FormArena arena, SecretName[] names)
    {
        _names = names;
        _forms = new FormTable(arena, _hash);
        Prefixes = new PrefixIndex(arena, _hash);
        var windows = WindowChooser.Choose(arena, _hash);
        _anchors = new WindowTable(windows.Anchors);
        _wide = new WindowTable(windows.Wide);
        _narrow = new WindowTable(windows.Narrow);
        _anchorPositions = windows.AnchorPositions;
    }

    public int FormCount => _forms.Count;

    public PrefixIndex Prefixes { get; }

    /// <summary>Adds the occurrences whose window is come upon in [<paramref name="from"/>, <paramref name="to"/>) and that lie in <paramref name="text"/>.</summary>
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        Span<ulong> verdicts = stackalloc ulong[RememberedVerdicts];
        verdicts.Clear();
        if (!_anchors.IsEmpty)
        {
            FindAtTransitions(text, from, to, verdicts, into);
        }

        if (!_wide.IsEmpty)
        {
            for (var at = from; at < to && at <= text.Length - WindowChooser.WindowLength; at += WindowChooser.WideStride)
            {
                Probe(_wide, text, at, BinaryPrimitives.ReadUInt64LittleEndian(text[at..]), verdicts, into);
            }
        }

        if (!_narrow.IsEmpty)
        {
            for (var at = from; at < to && at <= text.Length - WindowChooser.NarrowLength; at += WindowChooser.NarrowStride)
            {
                Probe(_narrow, text, at, WindowChooser.NarrowWindow(text[at..]), verdicts, into);
            }
        }
    }

    private void FindAtTransitions(ReadOnlySpan<byte> text, int from, int to, Span<ulong> verdicts, List<Detection> into)
    {
        Span<byte> lastBlock = stackalloc byte[CharacterClasses.BlockLength];
        var carriedLetter = from > 0 && char.IsAsciiLetter((char)text[from - 1]) ? 1UL : 0;
        var carriedDigit = from > 0 && char.IsAsciiDigit((char)text[from - 1]) ? 1UL : 0;
        for (var block = from; block < to; block += CharacterClasses.BlockLength)
        {
            ulong letters, digits;
            if (to - block >= CharacterClasses.BlockLength)
            {
                CharacterClasses.Classify(text[block..], out letters, out digits);
            }
            else
            {
                lastBlock.Clear();
                text[block..to].CopyTo(lastBlock);
                CharacterClasses.Classify(lastBlock, out letters, out digits);
            }

            var transitions = (((letters << 1) | carriedLetter) & digits) | (((digits << 1) | carriedDigit) & letters);
            carriedLetter = letters >> 63;
            carriedDigit = digits >> 63;
            for (; transitions != 0; transitions &= transitions - 1)
            {
                ProbeAnchor(text, block + BitOperations.TrailingZeroCount(transitions), verdicts, into);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ProbeAnchor(ReadOnlySpan<byte> text, int transition, Span<ulong> verdicts, List<Detection> into)
    {
        for (var positions = _anchorPositions; positions != 0; positions &= positions - 1)
        {
            var at = transition - BitOperations.TrailingZeroCount(positions);
            if ((uint)at <= (uint)(text.Length - WindowChooser.WindowLength) && text.Length >= WindowChooser.WindowLength)
            {
                Probe(_anchors, text, at, BinaryPrimitives.ReadUInt64LittleEndian(text[at..]), verdicts, into);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Probe(WindowTable table, ReadOnlySpan<byte> text, int at, ulong window, Span<ulong> verdicts, List<Detection> into)
    {
        var hash = _hash.OfWindow(window);
        if (table.MayContain(hash))
        {
            Verify(table.Find(hash), text, at, verdicts, into);
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
