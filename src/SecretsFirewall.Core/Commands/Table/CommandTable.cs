using System.Collections.Frozen;
using System.Collections.Immutable;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Table;

/// <summary>The classified commands, of all files together. Immutable.</summary>
public sealed class CommandTable
{
    private static readonly FrozenSet<string> None = FrozenSet<string>.Empty;

    private readonly FrozenDictionary<string, ImmutableArray<CommandEntry>> _byName;
    private readonly ImmutableArray<(string Prefix, CommandEntry Entry)> _byPrefix;
    private readonly FrozenDictionary<string, FrozenSet<string>> _valued;
    private readonly FrozenDictionary<string, FrozenSet<string>> _flags;

    internal CommandTable(IReadOnlyList<CommandEntry> entries, FrozenDictionary<string, FrozenSet<string>> valued, FrozenDictionary<string, FrozenSet<string>> flags)
    {
        Entries = [.. entries.OrderBy(entry => entry.Family, StringComparer.Ordinal).ThenBy(entry => entry.Id, StringComparer.Ordinal)];
        _byName = Entries.SelectMany(entry => entry.Commands.Where(name => !name.EndsWith('*')).Select(name => (name, entry)))
            .GroupBy(pair => pair.name, pair => pair.entry, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        _byPrefix = [.. Entries.SelectMany(entry => entry.Commands.Where(name => name.EndsWith('*')).Select(name => (name[..^1], entry)))];
        _valued = valued;
        _flags = flags;
    }

    /// <summary>By family and id.</summary>
    public ImmutableArray<CommandEntry> Entries { get; }

    internal bool Knows(string command) => _byName.ContainsKey(command);

    /// <summary>Says what is known of one command. An unknown command is Yellow: it may be anything of the project's own, and nobody said that it only looks.</summary>
    internal void Judge(string command, IReadOnlyList<Argument> arguments, VerdictBuilder into)
    {
        var entries = EntriesOf(command);
        if (entries.IsEmpty)
        {
            into.Add(command, "unknown_command", CommandClass.Yellow, "The table does not know this command.");
            return;
        }

        if (IsHelp(arguments))
        {
            return;
        }

        var valued = _valued.GetValueOrDefault(command, None);
        Judge(command, entries, new CommandArguments(command, arguments, valued, flags: null), into);
        if (arguments.Any(argument => argument.Text.StartsWith("--", StringComparison.Ordinal)) && entries.Any(entry => !entry.Sub.IsEmpty))
        {
            Judge(command, entries, new CommandArguments(command, arguments, valued, _flags.GetValueOrDefault(command, None)), into);
        }
    }

    /// <summary>Only what is said for sure: for redirections and assignments, most of which mean nothing.</summary>
    internal void JudgeConditions(string command, Argument argument, VerdictBuilder into)
    {
        var arguments = new CommandArguments(command, [new Argument("--"), argument], None, flags: null);
        foreach (var entry in EntriesOf(command))
        {
            Add(command, entry, entry.MatchConditions(arguments), into);
        }
    }

    private static void Judge(string command, ImmutableArray<CommandEntry> entries, CommandArguments arguments, VerdictBuilder into)
    {
        CommandEntry? closest = null;
        foreach (var entry in entries)
        {
            var sub = entry.MatchSub(arguments);
            if (sub == Fit.Maybe && entry.Class <= CommandClass.Red)
            {
                into.Add(command, "unknown_subcommand", CommandClass.Red, "What it shall do is not known before it runs.");
            }

            if (sub != Fit.Yes)
            {
                continue;
            }

            if (entry.HasCondition)
            {
                Add(command, entry, entry.MatchConditions(arguments), into);
            }
            else if (closest is null || entry.Sub.Length > closest.Sub.Length || (entry.Sub.Length == closest.Sub.Length && entry.Class < closest.Class))
            {
                closest = entry;
            }
        }

        if (closest is null)
        {
            into.Add(command, "unknown_subcommand", CommandClass.Yellow, "The table does not know this sub-command.");
            return;
        }

        Add(command, closest, Fit.Yes, into);
        if (closest.IfUnknown is { } ifUnknown && arguments.Words.Any(word => word.Contains(Argument.Gap, StringComparison.Ordinal)))
        {
            into.Add(command, closest.Id, ifUnknown, $"{closest.Reason} What it is about is not known before it runs.", closest.IsExternal, closest.Effects);
        }
    }

    private static void Add(string command, CommandEntry entry, Fit fit, VerdictBuilder into)
    {
        if (fit == Fit.Yes)
        {
            into.Add(command, entry.Id, entry.Class, entry.Reason, entry.IsExternal, entry.Effects);
        }
        else if (fit == Fit.Maybe && entry.IfUnknown is { } ifUnknown)
        {
            into.Add(command, entry.Id, ifUnknown, $"{entry.Reason} Whether it does is not known before it runs.", effects: entry.Effects);
        }
    }

    // `git push --help` and `rm --version`; not `rm -rf / --help`, which some systems obey.
    private static bool IsHelp(IReadOnlyList<Argument> arguments) =>
        arguments is [{ Text: "--help" or "--version" }]
        || (arguments is [{ Text: var sub }, { Text: "--help" }] && sub.Length > 0 && sub.All(character => char.IsAsciiLetterLower(character) || character == '-') && sub[0] != '-');

    private ImmutableArray<CommandEntry> EntriesOf(string command) =>
        _byName.TryGetValue(command, out var entries) ? entries
            : [.. _byPrefix.Where(pair => command.StartsWith(pair.Prefix, StringComparison.Ordinal)).Select(pair => pair.Entry)];
}
