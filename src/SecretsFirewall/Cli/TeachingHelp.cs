using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SecretsFirewall.Cli;

/// <summary>
/// Help that teaches: a command's first paragraph stands in its parent's list; what follows it (explanation, examples) is shown
/// below the options where somebody asks for that command's own help.
/// </summary>
internal sealed class TeachingHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _inner;
    private readonly Dictionary<Command, string> _details = [];

    private TeachingHelp(HelpAction inner) => _inner = inner;

    public static void Install(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        var help = new TeachingHelp((HelpAction)option.Action!);
        help.Split(root);
        option.Action = help;
    }

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = _inner.Invoke(parseResult);
        if (_details.TryGetValue(parseResult.CommandResult.Command, out var details))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(details);
            parseResult.InvocationConfiguration.Output.WriteLine();
        }

        return exitCode;
    }

    private void Split(Command command)
    {
        if (command.Description?.Split("\n\n", 2) is [var summary, var details])
        {
            command.Description = summary.ReplaceLineEndings(" ");
            _details.Add(command, details);
        }

        foreach (var subcommand in command.Subcommands)
        {
            Split(subcommand);
        }
    }
}
