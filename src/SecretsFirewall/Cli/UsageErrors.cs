using System.CommandLine;
using System.CommandLine.Parsing;

namespace SecretsFirewall.Cli;

/// <summary>
/// What is wrong with a command line, without repeating it: somebody who writes a secret's value where no argument belongs
/// must not find it in a terminal's log as well.
/// </summary>
internal static class UsageErrors
{
    public static int Write(ParseResult parsed, TextWriter error)
    {
        var path = PathOf(parsed.CommandResult);
        foreach (var message in MessagesOf(parsed))
        {
            error.WriteLine($"sfw: {message}");
        }

        error.WriteLine($"See: {path} --help");
        return ExitCodes.Broken;
    }

    private static IEnumerable<string> MessagesOf(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return command.Subcommands.Count > 0
            ? [$"Say a command: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}."]
            : parsed.Errors.Select(e => MessageOf(e, parsed)).Distinct(StringComparer.Ordinal);
    }

    private static string MessageOf(ParseError parseError, ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Any(token => parseError.Message.Contains(token, StringComparison.Ordinal)))
        {
            return "There is an argument that this command does not know. (It is not repeated here; values never belong on a command line.)";
        }

        return parseError.SymbolResult switch
        {
            OptionResult { Option: { } option } when parseError.Message.Contains("Cannot parse", StringComparison.Ordinal) => $"{option.Name} has a value that it cannot have.",
            ArgumentResult { Argument: { } argument, Parent: OptionResult parent } when parent.Tokens.Count > 0 && argument.ValueType != typeof(string) => $"{parent.Option.Name} has a value that it cannot have.",
            _ => parseError.Message,
        };
    }

    private static string PathOf(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Command is RootCommand ? "sfw" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
