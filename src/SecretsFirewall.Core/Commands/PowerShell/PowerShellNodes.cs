namespace SecretsFirewall.Commands.PowerShell;

internal enum PsPartKind
{
    Text,

    Variable,

    /// <summary><c>( … )</c>, <c>$( … )</c>, <c>@( … )</c>.</summary>
    Expression,

    /// <summary><c>{ … }</c> or <c>@{ … }</c>.</summary>
    Block,

    /// <summary><c>[name]</c>.</summary>
    Type,

    /// <summary><c>.Name</c> or <c>::Name</c>, with the arguments of a call in its body; null where it is none.</summary>
    Member,
}

internal sealed record PsPart(PsPartKind Kind, string Text, bool IsQuoted, PsScript? Body = null);

internal sealed record PsWord(IReadOnlyList<PsPart> Parts)
{
    public string? Plain => Parts is [{ Kind: PsPartKind.Text, IsQuoted: false, Text: var text }] ? text : null;

    /// <summary>Where it begins a statement, the statement computes a value and is no command.</summary>
    public bool IsValue => Parts is [var first, ..] && (first.Kind != PsPartKind.Text || first.IsQuoted || (first.Text.Length > 0 && char.IsAsciiDigit(first.Text[0])));
}

/// <param name="IsCall">Begins with <c>&amp;</c> or <c>.</c>: its first word names the command even if it is a string.</param>
internal sealed record PsElement(bool IsCall, IReadOnlyList<PsWord> Words, IReadOnlyList<PsWord> Targets);

internal sealed record PsScript(IReadOnlyList<IReadOnlyList<PsElement>> Pipelines);
