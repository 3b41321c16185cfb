using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>A literal and where in it its fingerprint stands.</summary>
internal sealed class PlacedLiteral
{
    private const ulong Folding = 0x2020202020202020;

    private readonly RuleLiteral _literal;
    private readonly ulong _start;
    private readonly ulong _mask;

    /// <param name="rule">Null for the beginning of a reference.</param>
    public PlacedLiteral(DetectionRule? rule, RuleLiteral literal, int offset)
    {
        (Rule, _literal, Offset) = (rule, literal, offset);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        Span<byte> mask = stackalloc byte[sizeof(ulong)];
        var length = Math.Min(literal.Length, word.Length);
        literal.Bytes.Span[..length].CopyTo(word);
        mask[..length].Fill(byte.MaxValue);
        _mask = BinaryPrimitives.ReadUInt64LittleEndian(mask);
        _start = (BinaryPrimitives.ReadUInt64LittleEndian(word) | Folding) & _mask;
    }

    public DetectionRule? Rule { get; }

    public int Offset { get; }

    public int Length => _literal.Length;

    /// <summary>True if it stands at <paramref name="at"/>. Its first eight bytes, case folded, are compared first: that ends nearly all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAt(ReadOnlySpan<byte> text, int at)
    {
        if ((uint)at <= (uint)Math.Max(0, text.Length - sizeof(ulong))
            && text.Length >= sizeof(ulong)
            && ((BinaryPrimitives.ReadUInt64LittleEndian(text[at..]) | Folding) & _mask) != _start)
        {
            return false;
        }

        return _literal.IsAt(text, at);
    }
}
