using System.ComponentModel;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Documents;

/// <summary>What the command of a call is, as docs/commands.md reads it. A call of a tool that runs no command matches none of these.</summary>
internal sealed record CommandTest
{
    public ClassTest? Class { get; init; }

    [Description("Something leaves toward people or the public.")]
    public FlagTest? External { get; init; }

    [Description("false: it broke the grammar or a limit.")]
    public FlagTest? Parsed { get; init; }

    [Description("true: all words of all commands are known before anything runs.")]
    public FlagTest? Literal { get; init; }

    public FlagTest? Pipes { get; init; }

    public FlagTest? Redirections { get; init; }

    public FlagTest? Substitutions { get; init; }

    [Description("What the line can do, such as delete_tree or read_credentials: sfw commands list has the words.")]
    public WordsTest? Effects { get; init; }

    [Description("One of the commands found is such, wrappers and what they run included.")]
    public CommandPartTest? AnyOf { get; init; }

    [Description("All of the commands found are such, wrappers and what they run included, and there is one. Say class beside it: a redirection is no command.")]
    public CommandPartTest? AllOf { get; init; }
}

internal sealed record CommandPartTest
{
    [Description("The name by which the table knows the program: without folder and version.")]
    public NameTest? Argv0 { get; init; }

    [Description("Its arguments, word by word.")]
    public WordsTest? Argv { get; init; }
}

internal sealed record WordsTest
{
    public string[]? ContainsAny { get; init; }

    public string[]? ContainsAll { get; init; }

    [Description("The first words, in this order.")]
    public string[]? StartsWith { get; init; }
}

internal sealed record ClassTest
{
    public CommandClass? Eq { get; init; }

    public CommandClass[]? In { get; init; }

    [Description("This class or a worse one.")]
    public CommandClass? AtLeast { get; init; }
}
