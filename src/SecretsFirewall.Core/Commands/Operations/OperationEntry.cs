using System.Collections.Immutable;
using System.IO.Enumeration;
using SecretsFirewall.Commands.Documents;

namespace SecretsFirewall.Commands.Operations;

/// <summary>One row of the table: the requests that it names, and what they do.</summary>
public sealed class OperationEntry
{
    private const string Below = "**";

    private readonly ImmutableArray<string> _methods;
    private readonly ImmutableArray<string[]> _paths;
    private readonly ImmutableArray<string> _actions;

    internal OperationEntry(string family, OperationEntryDocument document)
    {
        Family = family;
        Id = document.Id;
        _methods = [.. document.Methods ?? []];
        _paths = [.. (document.Paths ?? []).Select(path => path.Split('/', StringSplitOptions.RemoveEmptyEntries))];
        _actions = [.. document.Actions ?? []];
        Shown = string.Join(' ', new[] { string.Join('|', _methods), string.Join(' ', document.Paths ?? []), string.Join(' ', _actions) }.Where(text => text.Length > 0));
        Class = document.Class;
        IsExternal = document.External ?? false;
        Effects = [.. document.Effects ?? []];
        Reason = document.Reason;
    }

    internal OperationEntry(string family, string id, OperationAnswerDocument answer)
        : this(family, new OperationEntryDocument { Id = id, Class = answer.Class, External = answer.External, Effects = answer.Effects, Reason = answer.Reason })
    {
    }

    public string Id { get; }

    public string Family { get; }

    /// <summary>What it names, for people.</summary>
    public string Shown { get; }

    public CommandClass Class { get; }

    public bool IsExternal { get; }

    public ImmutableArray<string> Effects { get; }

    public string Reason { get; }

    /// <param name="action">What the request asks for by name; null where it is known by method and path alone.</param>
    internal bool Fits(string method, string[] segments, string? action) =>
        (_methods.IsEmpty || _methods.Contains(method))
        && (_paths.IsEmpty || _paths.Any(path => Fits(path, segments)))
        && (_actions.IsEmpty || (action is not null && _actions.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, action, ignoreCase: true))));

    private static bool Fits(string[] pattern, string[] segments)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == Below)
            {
                return true;
            }

            if (i >= segments.Length || !FileSystemName.MatchesSimpleExpression(pattern[i], segments[i], ignoreCase: true))
            {
                return false;
            }
        }

        return pattern.Length == segments.Length;
    }
}
