using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>A fingerprint, the bytes that it has at each position, and the literals that it stands for.</summary>
internal sealed class ChosenFingerprint(Fingerprint fingerprint)
{
    private readonly List<(RuleLiteral Literal, int Offset, List<DetectionRule> Rules)> _askers = [];

    public Fingerprint Fingerprint => fingerprint;

    /// <summary>Sets of what the filter sees of a byte (its low six bits), one for each position.</summary>
    public ulong[] Bytes { get; } = new ulong[Fingerprint.Positions];

    public List<PlacedLiteral> Literals => [.. _askers.Select(one => new PlacedLiteral([.. one.Rules], one.Literal, one.Offset))];

    /// <summary>Rules come in the order of their literals: those that share one are asked together.</summary>
    public void Add(DetectionRule? rule, RuleLiteral literal, int offset)
    {
        if (_askers is not [.., var last] || last.Offset != offset || last.Literal.IgnoreCase != literal.IgnoreCase || !last.Literal.Bytes.Span.SequenceEqual(literal.Bytes.Span)
            || rule is null || last.Rules.Count == 0)
        {
            _askers.Add((literal, offset, []));
        }

        if (rule is not null)
        {
            _askers[^1].Rules.Add(rule);
        }
    }
}

/// <summary>Picks the bytes by which each literal is looked for: few different ones, and such as ordinary text seldom has.</summary>
internal static class FingerprintChooser
{
    // What one more fingerprint costs: about one false candidate in a megabyte.
    private const double PriceOfOneMore = 1e-6;

    // What the filter sees there: a body that has not come can still come.
    private const ulong EndOfText = 1;

    /// <param name="literals">Those of rules, and those that belong to none.</param>
    public static IReadOnlyList<ChosenFingerprint> Choose(IEnumerable<(DetectionRule? Rule, RuleLiteral Literal)> literals)
    {
        var chosen = new Dictionary<Fingerprint, ChosenFingerprint>();

        // Short literals have no choice; the longer ones can share theirs.
        foreach (var (rule, literal) in literals.OrderBy(one => one.Literal.Length).ThenBy(one => one.Literal.ToString(), StringComparer.Ordinal))
        {
            var bytes = literal.Bytes.Span;
            var length = Math.Min(bytes.Length, Fingerprint.MaxLength);
            var (best, bestOffset) = (double.MaxValue, 0);
            for (var offset = 0; offset + length <= bytes.Length; offset++)
            {
                var part = bytes.Slice(offset, length);
                var cost = ShareOf(part, literal.IgnoreCase) + (chosen.ContainsKey(Fingerprint.Of(part, literal.IgnoreCase)) ? 0 : PriceOfOneMore);
                (best, bestOffset) = cost < best ? (cost, offset) : (best, bestOffset);
            }

            var fingerprint = Fingerprint.Of(bytes.Slice(bestOffset, length), literal.IgnoreCase);
            if (!chosen.TryGetValue(fingerprint, out var entry))
            {
                chosen.Add(fingerprint, entry = new ChosenFingerprint(fingerprint));
            }

            Widen(entry.Bytes, SetsFrom(rule, literal, bestOffset));

            entry.Add(rule, literal, bestOffset);
        }

        return [.. chosen.Values];
    }

    /// <summary>At how many positions of ordinary text the bytes stand: as likely as each by itself, but for words that are known to be frequent.</summary>
    private static double ShareOf(ReadOnlySpan<byte> part, bool ignoreCase)
    {
        var share = 1.0;
        foreach (var b in part)
        {
            share *= ByteFrequencies.Of(SetOf(b, ignoreCase));
        }

        return Math.Max(share, ByteFrequencies.LeastOf(Fingerprint.KeyOf(part)));
    }

    /// <summary>What stands from this offset on: the literal's bytes, and behind them what a token's body has there.</summary>
    private static ulong[] SetsFrom(DetectionRule? rule, RuleLiteral literal, int offset)
    {
        var sets = new ulong[Fingerprint.Positions];
        for (var i = 0; i < sets.Length; i++)
        {
            var behind = offset + i - literal.Length;
            sets[i] = behind < 0 ? SetOf(literal.Bytes.Span[offset + i], literal.IgnoreCase)
                : (rule?.Shape as TokenShape)?.Body.SetAt(behind) is { } set ? EndOfText | set.Members.ToArray().Aggregate(0UL, (all, b) => all | SetOf(b, false))
                : ulong.MaxValue;
        }

        return sets;
    }

    private static ulong SetOf(byte b, bool ignoreCase) =>
        ignoreCase && char.IsAsciiLetter((char)b)
            ? (1UL << char.ToLowerInvariant((char)b)) | (1UL << char.ToUpperInvariant((char)b))
            : 1UL << b; // shifts count modulo 64

    // A fingerprint has what stands there for any of its literals, in whatever case.
    private static void Widen(ulong[] sets, ulong[] more)
    {
        for (var i = 0; i < sets.Length; i++)
        {
            sets[i] |= more[i];
        }
    }
}
