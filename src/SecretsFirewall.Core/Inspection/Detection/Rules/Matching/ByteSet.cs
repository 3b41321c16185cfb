using System.Buffers;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>An alphabet: a set of bytes, asked by table.</summary>
internal sealed class ByteSet
{
    // Most runs are shorter, and a look at each byte is then faster than vectors.
    private const int ShortRun = 12;

    private readonly SearchValues<byte> _values;
    private readonly byte[] _members;
    private readonly bool[] _table = new bool[256];

    public ByteSet(IEnumerable<byte> members)
    {
        _members = [.. members.Distinct().Order()];
        _values = SearchValues.Create(_members);
        foreach (var member in _members)
        {
            _table[member] = true;
        }
    }

    public static ByteSet Empty { get; } = new([]);

    /// <summary>In ascending order.</summary>
    public ReadOnlySpan<byte> Members => _members;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(byte value) => _table[value];

    public bool Overlaps(ByteSet other) => _members.AsSpan().ContainsAny(other._values);

    public bool IsWithin(ByteSet other) => !_members.AsSpan().ContainsAnyExcept(other._values);

    public bool HasAnyIn(ReadOnlySpan<byte> text) => text.ContainsAny(_values);

    public ByteSet Union(ByteSet other) => new([.. _members, .. other._members]);

    /// <summary>How many bytes at the start of <paramref name="text"/>, at most <paramref name="most"/>, are in the set.</summary>
    public int RunAt(ReadOnlySpan<byte> text, int most)
    {
        var window = text[..Math.Min(text.Length, most)];
        for (var i = 0; i < ShortRun; i++)
        {
            if (i == window.Length || !Contains(window[i]))
            {
                return i;
            }
        }

        var end = window[ShortRun..].IndexOfAnyExcept(_values);
        return end < 0 ? window.Length : ShortRun + end;
    }
}
