using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>A literal, where in it its fingerprint stands, and all that ask where it stands.</summary>
internal readonly struct PlacedLiteral
{
    private const byte EitherCase = 0xDF;

    private readonly RuleLiteral _literal;
    private readonly ulong _start;
    private readonly ulong _mask;

    /// <param name="rules">None for the beginning of a reference.</param>
    public PlacedLiteral(ImmutableArray<DetectionRule> rules, RuleLiteral literal, int offset)
    {
        (Rules, _literal, Offset, Length) = (rules, literal, offset, literal.Length);
        Glance = Glance.For(rules);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        Span<byte> mask = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < word.Length && i < literal.Length; i++)
        {
            word[i] = literal.Bytes.Span[i];
            mask[i] = literal.IgnoreCase && char.IsAsciiLetter((char)word[i]) ? EitherCase : byte.MaxValue;
        }

        _mask = BinaryPrimitives.ReadUInt64LittleEndian(mask);
        _start = BinaryPrimitives.ReadUInt64LittleEndian(word) & _mask;
    }

    public ImmutableArray<DetectionRule> Rules { get; }

    public int Offset { get; }

    public int Length { get; }

    /// <summary>What says at once that none of the rules finds anything. Null where nothing is that simple.</summary>
    public Glance? Glance { get; }

    /// <summary>True if it stands at <paramref name="at"/>. Its first eight bytes are compared first: that ends nearly all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAt(ReadOnlySpan<byte> text, int at)
    {
        if (text.Length < sizeof(ulong) || (uint)at > (uint)(text.Length - sizeof(ulong)))
        {
            return _literal.IsAt(text, at);
        }

        return (BinaryPrimitives.ReadUInt64LittleEndian(text[at..]) & _mask) == _start && (Length <= sizeof(ulong) || _literal.IsAt(text, at));
    }
}
