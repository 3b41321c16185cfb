using System.Collections.Immutable;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>Picks the members that a kind of rule has, and reports those that are missing or mean nothing to it.</summary>
internal static class ShapeCompiler
{
    private const string DefaultNotBefore = "base62";

    // Below this, a name in source code has as much entropy as a random text.
    private const int MinRandom = 16;

    private static readonly string[] KindMembers =
    [
        "literals", "keywords", "separator", "pem", "ends", "lead", "body",
        "min_run", "max_length", "pattern", "secret_group", "max_before", "not_names", "not_before", "not_behind",
    ];

    public static RuleShape? Compile(RulePlace place)
    {
        var (required, allowed) = MembersOf(place.Document.Kind ?? RuleKind.Token);
        var said = SaidBy(place.Document);
        foreach (var member in KindMembers)
        {
            if (required.Contains(member) && !said.Contains(member))
            {
                place.Fail("", $"'{member}' is missing.");
            }
            else if (said.Contains(member) && !required.Contains(member) && !allowed.Contains(member))
            {
                place.Fail(member, $"'{member}' means nothing to a rule of this kind.");
            }
        }

        foreach (var (member, list) in new[] { ("literals", place.Document.Literals), ("keywords", place.Document.Keywords), ("pem", place.Document.Pem) })
        {
            if (list is [])
            {
                place.Fail(member, "The list is empty.");
                return null;
            }
        }

        return required.IsSubsetOf(said)
            ? place.Document.Kind switch
            {
                RuleKind.Assignment => Assignment(place),
                RuleKind.UrlPassword => new UrlPasswordShape(PartCompiler.Compile(place.Document.Body, "body", place)),
                RuleKind.Block => Block(place),
                RuleKind.Regex => PatternCompiler.Compile(place),
                RuleKind.Entropy => Entropy(place),
                _ => Token(place),
            }
            : null;
    }

    public static ImmutableArray<RuleLiteral> LiteralsOf(RuleDocument document, RuleShape shape) => shape switch
    {
        AssignmentShape or EntropyShape => [.. document.Keywords!.Select(keyword => new RuleLiteral(Encoding.UTF8.GetBytes(keyword), 0, IgnoreCase: true))],
        RegexShape => [.. document.Literals!.Select(literal => new RuleLiteral(Encoding.UTF8.GetBytes(literal.ToLowerInvariant()), 0, IgnoreCase: true))],
        BlockShape => [.. BeginsOf(document).Select(begin => new RuleLiteral(Encoding.UTF8.GetBytes(begin), 0, IgnoreCase: false))],
        TokenShape token => [.. document.Literals!.Select(literal => new RuleLiteral(Encoding.UTF8.GetBytes(literal), token.Lead, IgnoreCase: false))],
        _ => [.. document.Literals!.Select(literal => new RuleLiteral(Encoding.UTF8.GetBytes(literal), 0, IgnoreCase: false))],
    };

    private static (HashSet<string> Required, HashSet<string> Allowed) MembersOf(RuleKind kind) => kind switch
    {
        RuleKind.Assignment => (["keywords", "body"], ["separator", "not_names", "not_before", "not_behind"]),
        RuleKind.UrlPassword => (["literals", "body"], []),
        RuleKind.Block => (["min_run", "max_length"], ["pem", "literals", "ends"]),
        RuleKind.Regex => (["literals", "pattern", "max_length"], ["secret_group", "max_before"]),
        RuleKind.Entropy => (["keywords", "min_run", "max_length"], ["separator", "not_names"]),
        _ => (["literals", "body"], ["lead", "not_before", "not_behind"]),
    };

    private static HashSet<string> SaidBy(RuleDocument document)
    {
        object?[] values =
        [
            document.Literals, document.Keywords, document.Separator, document.Pem, document.Ends, document.Lead, document.Body,
            document.MinRun, document.MaxLength, document.Pattern, document.SecretGroup, document.MaxBefore, document.NotNames, document.NotBefore, document.NotBehind,
        ];
        return [.. KindMembers.Where((_, i) => values[i] is not null)];
    }

    private static TokenShape Token(RulePlace place)
    {
        var lead = PartCompiler.Compile(place.Document.Lead, "lead", place);
        if (!lead.IsFixed)
        {
            place.Fail("lead", "The parts before the literal have a fixed length: it says where the token begins.");
        }

        var body = PartCompiler.Compile(place.Document.Body, "body", place);
        return new TokenShape(lead, body, new Boundaries(Set(place, "not_before", place.Document.NotBefore ?? DefaultNotBefore), NotBehind(place, body)));
    }

    private static AssignmentShape Assignment(RulePlace place)
    {
        var value = PartCompiler.Compile(place.Document.Body, "body", place);
        var name = new Boundaries(Set(place, "not_before", place.Document.NotBefore ?? "none"), ByteSet.Empty);
        return new AssignmentShape(value, place.Document.Separator ?? Separator.Assignment, name, Harmless(place), NotBehind(place, value));
    }

    private static BlockShape? Block(RulePlace place)
    {
        var document = place.Document;
        var ends = EndsOf(document).Select(Encoding.UTF8.GetBytes).ToImmutableArray();
        if (ends.IsEmpty || ends.Length != BeginsOf(document).Count())
        {
            place.Fail("", "A block has 'pem', or as many 'ends' as 'literals'.");
            return null;
        }

        return new BlockShape(ends, document.MinRun!.Value, document.MaxLength!.Value);
    }

    private static EntropyShape Entropy(RulePlace place)
    {
        var (min, max) = (place.Document.MinRun!.Value, place.Document.MaxLength!.Value);
        if (min < MinRandom || max < min || max > RandomText.MaxLength)
        {
            place.Fail("max_length", $"Of random text there are {MinRandom} to {RandomText.MaxLength} characters: less says nothing, more is a document.");
        }

        return new EntropyShape(min, max, place.Document.Separator ?? Separator.Assignment, Harmless(place));
    }

    private static HarmlessNames Harmless(RulePlace place) =>
        place.Document.NotNames is { } words ? new HarmlessNames(new StopWords(words)) : HarmlessNames.None;

    private static IEnumerable<string> BeginsOf(RuleDocument document) =>
        (document.Pem ?? []).Select(label => $"-----BEGIN {label}-----").Concat(document.Literals ?? []);

    private static IEnumerable<string> EndsOf(RuleDocument document) =>
        (document.Pem ?? []).Select(label => $"-----END {label}-----").Concat(document.Ends ?? []);

    // Fixed text at the end says by itself where the token ends; but the letter of a longer word is not its end.
    private static ByteSet NotBehind(RulePlace place, PartSequence body) =>
        place.Document.NotBehind is { } said ? Set(place, "not_behind", said)
        : body.Parts is [.., { IsText: false } last] ? last.Set
        : Alphabets.Parse(DefaultNotBefore);

    private static ByteSet Set(RulePlace place, string member, string expression)
    {
        if (Alphabets.TryParse(expression, out var set))
        {
            return set;
        }

        place.Fail(member, $"'{expression}' is no alphabet.");
        return ByteSet.Empty;
    }
}
