using System.Collections.Immutable;

namespace SecretsFirewall.Commands;

/// <summary>Why a command line has its class: one row of the table (or one limit) that spoke about one command in it.</summary>
/// <param name="Command">The name of the command; empty where the whole line is meant. Never an argument: those may hold what is secret.</param>
/// <param name="Rule">The id of the table's entry, or of a finding of the walk such as <c>unknown_name</c>.</param>
public sealed record CommandReason(string Command, string Rule, CommandClass Class, string Text);

/// <summary>
/// One command that the line may run, as far as its words are known. For rules alone: its words may hold what is secret, so nothing of it is recorded or shown.
/// </summary>
/// <param name="Program">The name by which the table knows it; <c>?</c> where it is not known before it runs.</param>
/// <param name="Words">Its arguments. Where <paramref name="IsLiteral"/> is false, a NUL in one stands for what is not known.</param>
public sealed record CommandInvocation(string Program, ImmutableArray<string> Words, bool IsLiteral);

/// <summary>How the commands of a line are joined.</summary>
[Flags]
public enum CommandFeatures
{
    None = 0,

    /// <summary>The output of one command is the input of another.</summary>
    Pipe = 1,

    /// <summary>Input or output that is a file, a descriptor or a text of the line.</summary>
    Redirection = 2,

    /// <summary><c>$( … )</c>, backticks, <c>&lt;( … )</c>, and expressions of PowerShell.</summary>
    Substitution = 4,
}

/// <summary>What a whole command line can do: the worst of everything found in it.</summary>
/// <param name="Effects">Words such as <c>delete_tree</c>, sorted.</param>
/// <param name="Reasons">Worst first.</param>
/// <param name="Commands">The names of all commands found, sorted; wrappers and what they run.</param>
/// <param name="IsLiteral">All words of all commands were known before anything ran.</param>
/// <param name="IsParsed">False: it broke the grammar or a limit, and is at least Red for that.</param>
public sealed record CommandVerdict(
    CommandClass Class,
    bool IsExternal,
    ImmutableArray<string> Effects,
    ImmutableArray<CommandReason> Reasons,
    ImmutableArray<string> Commands,
    bool IsLiteral,
    bool IsParsed)
{
    /// <summary>Every command that may run, in the order in which they were found; wrappers and what they run.</summary>
    public ImmutableArray<CommandInvocation> Invocations { get; init; } = [];

    /// <summary>False: there are more of them, or the line could not be read to its end.</summary>
    public bool HasAllInvocations { get; init; } = true;

    public CommandFeatures Features { get; init; }

    /// <summary>What several lines of one call can do.</summary>
    public CommandVerdict With(CommandVerdict other) => new(
        Class < other.Class ? Class : other.Class,
        IsExternal || other.IsExternal,
        [.. Effects.Union(other.Effects, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        [.. Reasons.Concat(other.Reasons).OrderBy(static reason => reason.Class)],
        [.. Commands.Union(other.Commands, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        IsLiteral && other.IsLiteral,
        IsParsed && other.IsParsed)
    {
        Invocations = [.. Invocations, .. other.Invocations],
        HasAllInvocations = HasAllInvocations && other.HasAllInvocations,
        Features = Features | other.Features,
    };
}
