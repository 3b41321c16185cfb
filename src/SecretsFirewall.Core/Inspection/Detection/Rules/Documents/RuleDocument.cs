using System.ComponentModel;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Documents;

internal sealed record RuleDocument
{
    [Description("Lower-case letters, digits and '-', unique among all files. Part of the name that masks.")]
    public required string Id { get; init; }

    public required string Provider { get; init; }

    public required string Description { get; init; }

    [Description("The provider's page, or the facts that the rule rests on.")]
    public required string Source { get; init; }

    [Description("How the secret is found: token where nothing is said.")]
    public RuleKind? Kind { get; init; }

    [Description("Fixed text that a token or a match of a regex has, or that a block begins with, or the scheme of a URL with its ://.")]
    public string[]? Literals { get; init; }

    [Description("For assignment and entropy: names, or parts of names, before the value. Their case does not matter.")]
    public string[]? Keywords { get; init; }

    [Description("For assignment and entropy: what stands between name and value.")]
    public Separator? Separator { get; init; }

    [Description("For block: labels between BEGIN or END and the dashes (RFC 7468).")]
    public string[]? Pem { get; init; }

    [Description("For block: what it ends with, one for each of the literals.")]
    public string[]? Ends { get; init; }

    [Description("For token: the parts before the literal, of fixed length.")]
    public PartDocument[]? Lead { get; init; }

    [Description("The parts behind the literal; for assignment and url_password the parts of the value.")]
    public PartDocument[]? Body { get; init; }

    [Description("For block: the fewest characters of base64 in one line. For entropy: the fewest of the value.")]
    public int? MinRun { get; init; }

    [Description("For block: the most bytes from begin to end. For entropy: the most characters of the value. For regex: the most bytes of a match from its literal on.")]
    public int? MaxLength { get; init; }

    [Description("For regex: the pattern, over bytes. No lookarounds, no references back. Each match holds one of the literals; what it has before that is not part of the finding.")]
    public string? Pattern { get; init; }

    [Description("For regex: the group that is the secret. The first that took part where nothing is said; the whole match if there is none.")]
    public int? SecretGroup { get; init; }

    [Description("For regex: the most bytes of a match before its literal. max_length where nothing is said.")]
    public int? MaxBefore { get; init; }

    [Description("For assignment and entropy: words that a secret's name does not hold, such as public.")]
    public string[]? NotNames { get; init; }

    [Description("The alphabet that may not stand directly before it. Letters and digits where nothing is said; none for assignment.")]
    public string? NotBefore { get; init; }

    [Description("The alphabet that may not stand directly behind it. That of the last part where nothing is said.")]
    public string? NotBehind { get; init; }

    public ChecksumDocument? Checksum { get; init; }

    [Description("The fewest bits of entropy per character of the body.")]
    public double? Entropy { get; init; }

    [Description("Alphabets of each of which the body has at least one character.")]
    public string[]? Needs { get; init; }

    [Description("Words that a secret does not hold; with ^ before it at its start, with $ behind it at its end.")]
    public string[]? StopWords { get; init; }

    [Description("What reads like words, like a name in source code, or counts (1234567890abcdef), is no secret.")]
    public bool? NotWritten { get; init; }

    [Description("Names of stop lists.")]
    public string[]? StopLists { get; init; }

    [Description("The provider's own hosts. Empty for package indexes.")]
    public string[]? Audience { get; init; }

    [Description("The provider takes it in the path of a URL, as webhooks are called.")]
    public bool? InPath { get; init; }

    public required RuleConfidence Confidence { get; init; }

    [Description("On where nothing is said.")]
    public bool? Enabled { get; init; }

    public required ExamplesDocument Examples { get; init; }
}

/// <summary>A stretch of a token: fixed text, or characters of an alphabet.</summary>
internal sealed record PartDocument
{
    [Description("Fixed text.")]
    public string? Text { get; init; }

    [Description("An alphabet: names such as hex, base62, base64url, and sets such as [A-D_-], with blanks between them. Or uuid.")]
    public string? Of { get; init; }

    [Description("How many characters, if it is always as many.")]
    public int? Length { get; init; }

    public int? Min { get; init; }

    public int? Max { get; init; }
}

internal sealed record ChecksumDocument
{
    public required Checksums.ChecksumKind Kind { get; init; }

    [Description("What it is computed over: body where nothing is said.")]
    public Checksums.ChecksumOver? Over { get; init; }

    [Description("A wrong checksum is no finding. Where nothing is said, it is one that is less sure.")]
    public bool? Required { get; init; }
}

/// <summary>Templates of texts. <c>{secret}</c> is a made-up secret; so no text in a rule file is one.</summary>
internal sealed record ExamplesDocument
{
    [Description("Texts in which {secret} must be found, exactly it.")]
    public required string[] Match { get; init; }

    [Description("Texts in which nothing may be found, such as {secret:short} or {uuid}.")]
    public required string[] NoMatch { get; init; }
}
