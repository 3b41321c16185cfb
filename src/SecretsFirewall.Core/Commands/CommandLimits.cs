namespace SecretsFirewall.Commands;

/// <summary>What is read of a command line. Beyond any of these it counts as unparsable, which is at least Red.</summary>
internal static class CommandLimits
{
    /// <summary>Longer than any command line of an agent; scripts of this length are files.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Nesting in one text: substitutions, groups, quotes within them. People write five.</summary>
    public const int MaxDepth = 40;

    /// <summary>Nodes of one syntax tree.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Texts within texts (<c>sh -c</c>, <c>eval</c>, decoded scripts), functions within functions and groups within groups, all together.</summary>
    public const int MaxWalk = 80;

    /// <summary>Characters of all words that are expanded and judged, over all texts: it bounds the time.</summary>
    public const int MaxWork = 512 * 1024;

    /// <summary>What it costs to ask the table once, in characters.</summary>
    public const int JudgementWork = 64;

    /// <summary>Words that one brace expansion may make.</summary>
    public const int MaxBraces = 64;

    /// <summary>No system takes a longer path (PATH_MAX).</summary>
    public const int MaxPath = 4096;
}
