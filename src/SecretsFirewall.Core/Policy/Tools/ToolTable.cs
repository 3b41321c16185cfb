using System.Collections.Frozen;

namespace SecretsFirewall.Policy.Tools;

/// <summary>Which tools are one under several names.</summary>
internal sealed class ToolTable(IReadOnlyDictionary<string, KnownTool> byName)
{
    private static readonly string[] Separators = [".", "__", "/", ":"];

    private readonly FrozenDictionary<string, KnownTool> _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static ToolTable Empty { get; } = new(new Dictionary<string, KnownTool>());

    /// <summary>
    /// By the whole name; where the last part says that it runs something, by that: <c>functions.exec</c> is an <c>exec</c> in whatever namespace. That a tool only looks
    /// is believed of whole names alone: in a stranger's namespace it may do anything.
    /// </summary>
    public KnownTool? Find(string name)
    {
        if (_byName.TryGetValue(name, out var tool))
        {
            return tool;
        }

        var last = Separators.Max(separator => name.LastIndexOf(separator, StringComparison.Ordinal) is var at and >= 0 ? at + separator.Length : 0);
        return last > 0 && _byName.TryGetValue(name[last..], out tool) && tool.RunsAnything ? tool : null;
    }
}
