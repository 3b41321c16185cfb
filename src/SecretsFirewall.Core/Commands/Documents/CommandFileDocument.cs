using System.ComponentModel;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Commands.Documents;

/// <summary>One file of the command table, as it is written. The schema for editors is exported from these records.</summary>
internal sealed record CommandFileDocument
{
    /// <summary>The only language version there is; a file in another one is refused.</summary>
    public const string Language = "commands/v1";

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [JsonPropertyName("schema"), Description("The version of the language: commands/v1.")]
    public required string Version { get; init; }

    [Description("What the file's entries have in common, such as git.")]
    public required string Family { get; init; }

    [Description("Named lists of words, for any file: @name in commands, arguments or except.")]
    public Dictionary<string, string[]>? Sets { get; init; }

    [Description("By command: its options whose value is the next word, so that the value is not taken for a sub-command.")]
    public Dictionary<string, string[]>? Valued { get; init; }

    [Description("By command: its long options before a sub-command that take no value.")]
    public Dictionary<string, string[]>? Flags { get; init; }

    public CommandEntryDocument[]? Entries { get; init; }
}

internal sealed record CommandEntryDocument
{
    [Description("Lower-case letters, digits, '-' and '.', unique among all files.")]
    public required string Id { get; init; }

    [Description("Names without path, lower-case; one that ends in * is a prefix. >, < and = stand for redirections and assignments.")]
    public required string[] Commands { get; init; }

    [Description("The words of a sub-command in their order; each with | between alternatives, and * for any text.")]
    public string[]? Sub { get; init; }

    [Description("Options all of which are there; each with | between spellings. -X=DELETE asks for the value too.")]
    public string[]? Options { get; init; }

    [Description("Options of which none is there, each spelled out.")]
    public string[]? Without { get; init; }

    [Description("Patterns of which at least one fits an argument. * is any text, [*] a star.")]
    public string[]? Arguments { get; init; }

    [Description("An argument that fits one of these is not meant.")]
    public string[]? Except { get; init; }

    [Description("Which arguments are meant: all where nothing is said.")]
    public ArgumentChoice? Which { get; init; }

    public required CommandClass Class { get; init; }

    [Description("The class where an argument that matters is not known before the command runs.")]
    public CommandClass? IfUnknown { get; init; }

    [Description("It reaches people or the public: mail, chat, publishing, sending data.")]
    public bool? External { get; init; }

    [Description("Words for rules, such as delete_tree.")]
    public string[]? Effects { get; init; }

    [Description("A sentence for whoever decides.")]
    public required string Reason { get; init; }
}

internal enum ArgumentChoice
{
    All,

    /// <summary>Not the first, which is a pattern or program, unless an option gives that.</summary>
    Rest,

    /// <summary>Not the last, which is where it goes.</summary>
    Sources,

    First,

    Last,
}
