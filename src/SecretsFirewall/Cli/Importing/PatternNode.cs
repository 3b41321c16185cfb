using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Cli.Importing;

/// <summary>A regular expression as a tree over bytes.</summary>
internal abstract record PatternNode;

/// <summary>One byte of a set; letter case is already in it.</summary>
internal sealed record CharsNode(ByteSet Set) : PatternNode;

internal sealed record SequenceNode(IReadOnlyList<PatternNode> Items) : PatternNode;

internal sealed record ChoiceNode(IReadOnlyList<PatternNode> Options) : PatternNode;

/// <param name="Max">Null without an end.</param>
internal sealed record RepeatNode(PatternNode Item, int Min, int? Max, bool IsLazy) : PatternNode;

/// <summary>A group that captures. Groups that do not are their content.</summary>
internal sealed record GroupNode(PatternNode Item) : PatternNode;

/// <param name="Text">As .NET writes it: <c>\b</c>, <c>\B</c>, <c>\A</c>, <c>\z</c>, <c>(?m:^)</c>, <c>(?m:$)</c>.</param>
internal sealed record AnchorNode(string Text) : PatternNode
{
    public const string Word = @"\b";

    public const string End = @"\z";
}
