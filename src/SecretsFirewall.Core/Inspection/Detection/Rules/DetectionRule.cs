using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>
/// One kind of secret, as data. Immutable. It does not scan: whoever scans looks for its <see cref="Literals"/> and asks
/// <see cref="Matches"/> where one stands. What it may read there is bounded by <see cref="LookBehind"/> and <see cref="Reach"/>,
/// so that a stream need not hold back more.
/// </summary>
public sealed class DetectionRule
{
    private readonly RuleShape _shape;
    private readonly Acceptance _acceptance;
    private readonly ImmutableArray<RuleLiteral> _longestFirst;

    internal DetectionRule(
        RuleDescription description, RuleKind kind, ImmutableArray<RuleLiteral> literals, RuleShape shape, Acceptance acceptance, ExampleTemplates examples)
    {
        Templates = examples;
        Description = description;
        Kind = kind;
        Literals = literals;
        _shape = shape;
        _acceptance = acceptance;
        _longestFirst = [.. literals.OrderByDescending(literal => literal.Length)];
        MaxLength = literals.Max(literal => shape.MaxLength(literal.Length));
        Reach = literals.Max(literal => shape.Reach(literal.Length));
    }

    public string Id => Description.Id;

    /// <summary>Whose it is and why it is known.</summary>
    public RuleDescription Description { get; }

    public RuleKind Kind { get; }

    /// <summary>The net that its findings belong to.</summary>
    public FindingKind Finds => Kind == RuleKind.Entropy ? FindingKind.Entropy : FindingKind.Rule;

    /// <summary>
    /// True if what it finds says nothing about whose it is: a password, a session cookie, what stands behind <c>Bearer</c>. Such a secret is at
    /// home wherever it is presented to authenticate.
    /// </summary>
    public bool IsAnyones => Description.Audience.IsEmpty && (Kind is RuleKind.Assignment || Finds is FindingKind.Entropy || Description.Provider == RuleDescription.NoProvider);

    /// <summary>Where none of these stands, the rule finds nothing.</summary>
    public ImmutableArray<RuleLiteral> Literals { get; }

    /// <summary>The longest finding, in bytes.</summary>
    public int MaxLength { get; }

    /// <summary>How many bytes before a finding may be read.</summary>
    public int Context => Literals.Max(literal => _shape.Context(literal.Length));

    /// <summary>How many bytes before a literal may be read.</summary>
    public int LookBehind => _shape.LookBehind;

    /// <summary>How many bytes may be read from a literal's first one on; more of them cannot change the answer.</summary>
    public int Reach { get; }

    /// <summary>The confidence where no checksum proves more.</summary>
    public RuleConfidence Confidence => _acceptance.Confidence;

    internal RuleShape Shape => _shape;

    internal Acceptance Acceptance => _acceptance;

    internal ExampleTemplates Templates { get; }

    /// <summary>
    /// The longest finding around the literal that stands at <paramref name="at"/>. The end of the text counts as a boundary: who reads a
    /// stream asks again with more bytes, unless <see cref="Reach"/> was there. Linear in <see cref="Reach"/>; allocates nothing.
    /// </summary>
    /// <param name="start">The finding's first byte, which may stand before <paramref name="at"/> or behind the literal.</param>
    public bool Matches(ReadOnlySpan<byte> text, int at, out int start, out int length, out RuleConfidence confidence)
    {
        var memo = default(GapMemo);
        foreach (var literal in _longestFirst)
        {
            if (literal.IsAt(text, at) && Match(text, at, literal.Length, ref memo, out confidence) is { IsFound: true } match)
            {
                (start, length) = (match.Start, match.Length);
                return true;
            }
        }

        start = 0;
        length = 0;
        confidence = RuleConfidence.Low;
        return false;
    }

    /// <summary>As <see cref="Matches"/>, for a literal that is known to stand there, and with what more bytes could change.</summary>
    internal RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength, ref GapMemo memo, out RuleConfidence confidence)
    {
        confidence = RuleConfidence.Low;
        var match = _shape.Match(text, at, literalLength, ref memo);
        return !match.IsFound || _acceptance.Accepts(text.Slice(match.Start, match.Length), match.Body, out confidence) ? match
            : match.IsOpen ? RuleMatch.OpenFrom(match.Start) : RuleMatch.None;
    }

    /// <summary>What it must and what it must not find, made from its templates: once for each literal, and the same every time.</summary>
    public IReadOnlyList<RuleExample> MakeExamples() => ExampleMaker.Make(this);

    /// <summary>
    /// A made-up secret of this format, as random as a real one: nobody issued it, and nobody can foresee it. Null where no try gave one that
    /// the rule itself would find.
    /// </summary>
    public byte[]? MakeSecret() => SecretSample.CreateUnforeseeable(this);

    public override string ToString() => Id;
}
