namespace SecretsFirewall.Commands.Shell;

/// <summary>A node of the syntax tree of a script. Only what is needed to find every command that may run.</summary>
internal abstract record ShellNode;

/// <summary>Statements one after the other, also those in the background.</summary>
internal sealed record ShellSequence(IReadOnlyList<ShellNode> Statements) : ShellNode;

/// <summary><c>a &amp;&amp; b || c</c>. The first operator is of no meaning.</summary>
internal sealed record ShellAndOr(IReadOnlyList<(bool IsOr, ShellNode Node)> Parts) : ShellNode;

internal sealed record ShellPipeline(IReadOnlyList<ShellNode> Stages) : ShellNode;

internal sealed record ShellSimpleCommand(
    IReadOnlyList<ShellAssignment> Assignments, IReadOnlyList<ShellWord> Words, IReadOnlyList<ShellRedirection> Redirections) : ShellNode;

/// <summary><c>{ … }</c> or <c>( … )</c>.</summary>
internal sealed record ShellGroup(ShellNode Body, bool IsSubshell, IReadOnlyList<ShellRedirection> Redirections) : ShellNode;

/// <summary><c>if</c> and <c>case</c>: all that may run, in its order. <paramref name="Words"/> are expanded, and run nothing but their substitutions.</summary>
internal sealed record ShellBranches(
    IReadOnlyList<ShellWord> Words, IReadOnlyList<ShellNode> Bodies, IReadOnlyList<ShellRedirection> Redirections) : ShellNode;

/// <summary><c>for</c>, <c>select</c>, <c>while</c>, <c>until</c>.</summary>
/// <param name="Words">What the variable becomes; null where nothing is said (<c>"$@"</c>).</param>
internal sealed record ShellLoop(
    string? Variable, IReadOnlyList<ShellWord>? Words, ShellNode? Condition, ShellNode Body, IReadOnlyList<ShellRedirection> Redirections) : ShellNode;

internal sealed record ShellFunction(string Name, ShellNode Body) : ShellNode;

/// <summary><c>[[ … ]]</c> and <c>(( … ))</c>: nothing in them runs but substitutions.</summary>
internal sealed record ShellTest(IReadOnlyList<ShellWord> Words, IReadOnlyList<ShellRedirection> Redirections) : ShellNode;

internal sealed record ShellAssignment(string Name, ShellWord Value, bool IsAppend, bool IsPlain);

/// <param name="operator">Such as <c>&gt;</c>, <c>&lt;&lt;&lt;</c>; a here-document is <c>&lt;&lt;</c> with its text as the target.</param>
/// <param name="descriptor">The number before it; null where nothing is said.</param>
internal sealed class ShellRedirection(string @operator, ShellWord target, int? descriptor)
{
    public string Operator { get; } = @operator;

    /// <summary>What the command writes to its standard output goes there.</summary>
    public bool TakesOutput => IsOutput && (descriptor is null or 1);

    /// <summary>Set again when the text of a here-document is reached, which is behind the line.</summary>
    public ShellWord Target { get; set; } = target;

    public bool IsOutput => Operator.Contains('>');
}
