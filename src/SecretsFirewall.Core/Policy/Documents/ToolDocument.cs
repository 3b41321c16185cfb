using System.ComponentModel;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// Tools that are one under several names, and where a call of them holds a command or a program. Places in the arguments are JSON pointers. An entry of a policy
/// replaces the shipped one for each of its names.
/// </summary>
internal sealed record ToolDocument
{
    [Description("What rules call it (canonical_tool): bash for whatever runs a command line.")]
    public required string Canonical { get; init; }

    [Description("As agents and providers call it, without regard to case. The last part behind a dot, a colon, a slash or two underscores counts too.")]
    public required string[] Names { get; init; }

    [Description("Where a call holds a command: a text is a command line, a list of texts is a command with its arguments.")]
    public string[]? Command { get; init; }

    [Description("Where a call holds a list of command lines.")]
    public string[]? Lines { get; init; }

    [Description("How command lines are read: shell where it is not said.")]
    public CommandLanguage? Language { get; init; }

    [Description("Where a call holds a program. A call that has one of these is a code carrier.")]
    public string[]? Code { get; init; }

    [Description("What arguments are that are no JSON object, as of OpenAI's custom tools.")]
    public FreeTextWord? FreeText { get; init; }

    [Description("Members that run nothing where no command stands beside them, such as restart.")]
    public string[]? Silent { get; init; }

    [Description("What a call can do. Of a tool with commands: at least this, beside what its command can do.")]
    public CommandClass? Class { get; init; }

    [Description("Something leaves toward people or the public.")]
    public bool External { get; init; }
}

internal enum FreeTextWord
{
    /// <summary>Nobody knows: of a tool that runs commands, it counts as one that cannot be parsed.</summary>
    Unknown = 0,

    Command,

    Code,

    /// <summary>Neither, such as a patch.</summary>
    Text,
}
