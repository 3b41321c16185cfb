using System.Collections.Immutable;

namespace SecretsFirewall.Commands;

/// <summary>Why a command line has its class: one row of the table (or one limit) that spoke about one command in it.</summary>
/// <param name="Command">The name of the command; empty where the whole line is meant. Never an argument: those may hold what is secret.</param>
/// <param name="Rule">The id of the table's entry, or of a finding of the walk such as <c>unknown_name</c>.</param>
public sealed record CommandReason(string Command, string Rule, CommandClass Class, string Text);

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
    bool IsParsed);
