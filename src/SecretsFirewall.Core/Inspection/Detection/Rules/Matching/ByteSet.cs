using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>An alphabet: a set of bytes, asked by table.</summary>
internal sealed class ByteSet
{
    private readonly SearchValues<byte> _values;
    private readonly byte[] _members;

    public ByteSet(IEnumerable<byte> members)
    {
        _members = [.. members.Distinct().Order()];
        _values = SearchValues.Create(_members);
    }

    public static ByteSet Empty { get; } = new([]);

    /// <summary>In ascending order.</summary>
    public ReadOnlySpan<byte> Members => _members;

    public bool Contains(byte value) => _values.Contains(value);

    public bool Overlaps(ByteSet other) => _members.AsSpan().ContainsAny(other._values);

    public bool HasAnyIn(ReadOnlySpan<byte> text) => text.ContainsAny(_values);

    public ByteSet Union(ByteSet other) => new([.. _members, .. other._members]);

    /// <summary>How many bytes at the start of <paramref name="text"/>, at most <paramref name="most"/>, are in the set.</summary>
    public int RunAt(ReadOnlySpan<byte> text, int most)
    {
        var window = text[..Math.Min(text.Length, most)];
        var end = window.IndexOfAnyExcept(_values);
        return end < 0 ? window.Length : end;
    }
}
