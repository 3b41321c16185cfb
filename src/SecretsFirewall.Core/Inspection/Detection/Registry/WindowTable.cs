using System.Numerics;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>Where the window stands in a form, and how long the form is: all that is kept of it here.</summary>
internal readonly record struct Shape(int Offset, int Length) : IComparable<Shape>
{
    /// <summary>By offset, then by length: shapes with one offset share their start in the text and are checked from short to long.</summary>
    public int CompareTo(Shape other) => Offset != other.Offset ? Offset.CompareTo(other.Offset) : Length.CompareTo(other.Length);
}

/// <summary>A window of one form: 8 of its bytes in a word, in plain only while the snapshot is built.</summary>
internal readonly record struct WindowEntry(ulong Window, Shape Shape) : IComparable<WindowEntry>
{
    public int CompareTo(WindowEntry other) => Window != other.Window ? Window.CompareTo(other.Window) : Shape.CompareTo(other.Shape);
}

/// <summary>
/// Window hash → shapes. A Bloom filter stands before it.
/// Equal shapes of equal windows are kept once, so that 100,000 values with one prefix make one short list instead of one long chain.
/// </summary>
internal sealed class WindowTable
{
    private readonly Slot[] _slots;
    private readonly Shape[] _shapes;

    /// <param name="entries">Is sorted, and cleared at the end: the windows are parts of secrets.</param>
    public WindowTable(List<WindowEntry> entries, KeyedHash hash)
    {
        entries.Sort();
        Filter = new BloomFilter(entries.Count);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, entries.Count * 2))];

        var shapes = new List<Shape>(entries.Count);
        for (var i = 0; i < entries.Count;)
        {
            var window = entries[i].Window;
            var first = shapes.Count;
            for (; i < entries.Count && entries[i].Window == window; i++)
            {
                if (shapes.Count == first || shapes[^1] != entries[i].Shape)
                {
                    shapes.Add(entries[i].Shape);
                }
            }

            Filter.Add(window);
            Insert(hash.OfWindow(window), first, shapes.Count - first);
        }

        _shapes = [.. shapes];
        CollectionsMarshal.AsSpan(entries).Clear();
    }

    /// <summary>Answers nearly every probe of clean text. The scan loops take it by value, to keep it in registers.</summary>
    public BloomFilter Filter { get; }

    /// <summary>The shapes under a window; empty if it is not indexed.</summary>
    public ReadOnlySpan<Shape> Find(ulong hash)
    {
        for (var i = (int)hash & (_slots.Length - 1); _slots[i].Count != 0; i = (i + 1) & (_slots.Length - 1))
        {
            if (_slots[i].Tag == Tag(hash))
            {
                return _shapes.AsSpan(_slots[i].First, _slots[i].Count);
            }
        }

        return [];
    }

    private static uint Tag(ulong hash) => (uint)(hash >> 32);

    private void Insert(ulong hash, int first, int count)
    {
        var i = (int)hash & (_slots.Length - 1);
        while (_slots[i].Count != 0)
        {
            i = (i + 1) & (_slots.Length - 1);
        }

        _slots[i] = new Slot(Tag(hash), first, count);
    }

    private readonly record struct Slot(uint Tag, int First, int Count);
}
