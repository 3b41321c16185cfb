using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Git;

/// <summary>
/// The last objects of a pack, by where they begin, for the deltas against them. They lie one behind the other in a few segments;
/// the oldest segment goes when there are too many.
/// </summary>
internal sealed class BaseCache : IDisposable
{
    private const int FirstSegment = 64 * 1024;

    private readonly Queue<Segment> _segments = new();
    private readonly Dictionary<long, Entry> _entries = [];
    private Segment? _current;
    private int _bytes;

    /// <summary>Room for an object, until the next call; <see cref="Keep"/> makes it last.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_current is null || _current.Buffer.Length - _current.Used < length)
        {
            // Packs of a few objects are the most common; large ones earn large segments.
            _current = new Segment(TrafficBuffers.Rent(Math.Max(length, Math.Clamp(_bytes, FirstSegment, PackLimits.WholeBytes))));
            _segments.Enqueue(_current);
            _bytes += _current.Buffer.Length;
            while (_bytes > PackLimits.BaseBytes && _segments.Count > 1)
            {
                Drop(_segments.Dequeue());
            }
        }

        _current.Touched = Math.Max(_current.Touched, _current.Used + length);
        return _current.Buffer.AsSpan(_current.Used, length);
    }

    /// <param name="depth">How many deltas lie between the object and one that is none.</param>
    public void Keep(long offset, int length, int depth)
    {
        _entries[offset] = new Entry(_current!, _current!.Used, length, depth);
        _current.Offsets.Add(offset);
        _current.Used += length;
    }

    /// <summary>False where it was none that is kept, or has been let go.</summary>
    public bool TryGet(long offset, out ReadOnlySpan<byte> bytes, out int depth)
    {
        var isThere = _entries.TryGetValue(offset, out var entry);
        bytes = isThere ? entry.Segment.Buffer.AsSpan(entry.Start, entry.Length) : default;
        depth = entry.Depth;
        return isThere;
    }

    public void Dispose()
    {
        while (_segments.TryDequeue(out var segment))
        {
            Drop(segment);
        }

        _current = null;
    }

    private void Drop(Segment segment)
    {
        foreach (var offset in segment.Offsets)
        {
            _entries.Remove(offset);
        }

        _bytes -= segment.Buffer.Length;
        TrafficBuffers.Return(segment.Buffer, segment.Touched);
    }

    private readonly record struct Entry(Segment Segment, int Start, int Length, int Depth);

    private sealed class Segment(byte[] buffer)
    {
        public byte[] Buffer => buffer;

        public int Used { get; set; }

        /// <summary>Up to where it may hold traffic.</summary>
        public int Touched { get; set; }

        public List<long> Offsets { get; } = [];
    }
}
