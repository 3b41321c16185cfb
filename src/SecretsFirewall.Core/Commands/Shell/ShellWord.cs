namespace SecretsFirewall.Commands.Shell;

internal enum ShellPartKind
{
    /// <summary>Text as it stands, quotes and escapes taken away.</summary>
    Text,

    /// <summary>A variable or parameter; its operands, if it has any, are parts of their own.</summary>
    Variable,

    /// <summary><c>$( … )</c> or backticks.</summary>
    Substitution,

    /// <summary><c>&lt;( … )</c> or <c>&gt;( … )</c>.</summary>
    Process,

    /// <summary>What only running shows: arithmetic, operators on variables, and gaps in a text that another expansion left.</summary>
    Unknown,
}

/// <param name="Text">The text, or the name of the variable.</param>
/// <param name="Body">What a substitution runs.</param>
/// <param name="Operands">Words in braces or arithmetic: whatever they substitute runs.</param>
internal sealed record ShellPart(ShellPartKind Kind, string Text, bool IsQuoted, ShellNode? Body = null, ShellWord? Operands = null);

/// <summary>One word of a command: parts that stand together. Empty: the word that <c>''</c> is.</summary>
internal sealed record ShellWord(IReadOnlyList<ShellPart> Parts)
{
    public static readonly ShellWord Empty = new([]);

    /// <summary>The word if it is plain text without a quote in it: only so it can be a keyword.</summary>
    public string? Plain => Parts is [{ Kind: ShellPartKind.Text, IsQuoted: false, Text: var text }] ? text : null;
}
