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
/// </summary>
internal sealed class RegistryMatcher
{
    // Confirmed hashes that one scan remembers: the same value 10,000 times costs one HMAC.
    private const int RememberedVerdicts = 16;

    private readonly KeyedHash _hash = KeyedHash.CreateRandom();
    private readonly (SecretName Name, bool IsCanary)[] _secrets;
    private readonly FormTable _forms;
    private readonly WindowTable _windows;
    private readonly WindowFinder _finder;

    /// <param name="secrets">By the secrets' numbers in the arena.</param>
    public RegistryMatcher(FormArena arena, (SecretName Name, bool IsCanary)[] secrets)
    {
        _secrets = secrets;
        _forms = new FormTable(arena, _hash);
        Prefixes = new PrefixIndex(arena, _hash);
        var transitions = new Transitions();
        _windows = new WindowTable(WindowChooser.Choose(arena, _hash, transitions), _hash);
        _finder = new WindowFinder(transitions);
    }

    public int FormCount => _forms.Count;

    public PrefixIndex Prefixes { get; }

    /// <summary>Adds the occurrences whose window ends in [<paramref name="from"/>, <paramref name="to"/>) and that lie in <paramref name="text"/>.</summary>
    [SkipLocalsInit]
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        if (FormCount == 0)
        {
            return;
        }

        Span<ulong> verdicts = stackalloc ulong[RememberedVerdicts];
        Span<ushort> offsets = stackalloc ushort[BlockPositions.Capacity];
        verdicts.Clear();
        var end = to - WindowChooser.WindowLength + 1;
        for (var start = Math.Max(0, from - WindowChooser.WindowLength + 1); start < end; start += BlockPositions.StretchLength)
        {
            var count = _finder.List(text, start, Math.Min(end, start + BlockPositions.StretchLength), offsets);
            count = _windows.Filter.Keep(text, start, offsets[..count]);
            foreach (var offset in offsets[..count])
            {
                Verify(text, start + offset, verdicts, into);
            }
        }
    }

    /// <summary>
    /// Checks the forms that could lie around a window. Shapes with the same offset start at the same byte, and come from short to long:
    /// what the prefix hashes have ruled out for one is ruled out for the longer ones, so a window that many forms share costs little
    /// where none of them is.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Verify(ReadOnlySpan<byte> text, int window, Span<ulong> verdicts, List<Detection> into)
    {
        var offset = -1;
        var level = 0;
        var possible = false;
        foreach (var shape in _windows.Find(_hash.OfWindow(BinaryPrimitives.ReadUInt64LittleEndian(text[window..]))))
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
