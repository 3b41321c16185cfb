using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw commands</c>: what a command line can do, and the table that says so.</summary>
internal static class CommandsCommand
{
    public static Command Create() => new("commands", """
        What a command line can do, before it runs, and the table that says so.

        Examples:
          sfw commands classify 'cd build && rm -rf *'
          sfw commands classify --powershell 'Get-Process'
          sfw commands list --family git
        """)
    { Classify(), List() };

    private static Command Classify()
    {
        var json = CommonOptions.Json();
        var line = new Argument<string[]>("COMMAND LINE") { Description = "The line, best in single quotes; several words are joined by blanks.", Arity = ArgumentArity.OneOrMore };
        var powerShell = new Option<bool>("--powershell") { Description = "Read it as PowerShell does, instead of as a POSIX shell or bash does." };
        var command = new Command("classify", """
            Says the class of a command line, and why. Nothing is run.

            The exit code is 0 for green and yellow, 1 for red, critical red and whatever is external.
            """)
        { line, json, powerShell };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var text = string.Join(' ', parse.GetRequiredValue(line));
            var verdict = new CommandClassifier(ShippedCommands.Table).Classify(text, parse.GetValue(powerShell) ? CommandLanguage.PowerShell : CommandLanguage.Shell);
            var described = new ClassifiedLine(
                Word(verdict.Class),
                verdict.IsExternal,
                verdict.IsParsed,
                verdict.IsLiteral,
                verdict.Commands,
                verdict.Effects,
                [.. verdict.Reasons.Select(reason => new ClassifiedReason(Word(reason.Class), reason.Command, reason.Rule, reason.Text))]);
            if (parse.GetValue(json))
            {
                output.Json(described, CommandsOutputJson.Default.ClassifiedLine);
            }
            else
            {
                Write(output, described);
            }

            return verdict.Class <= CommandClass.Red || verdict.IsExternal ? ExitCodes.NotDone : ExitCodes.Done;
        });
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var family = new Option<string?>("--family") { Description = "Only this family.", HelpName = "NAME" };
        var command = new Command("list", "Lists the entries of the table.") { json, family };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var lines = ShippedCommands.Table.Entries.Where(entry => parse.GetValue(family) is not { } wanted || entry.Family == wanted)
                .Select(entry => new TableLine(entry.Id, entry.Family, Word(entry.Class), entry.IsExternal, entry.HasCondition, entry.Commands, entry.SubText, entry.Effects, entry.Reason))
                .ToList();
            if (parse.GetValue(json))
            {
                lines.ForEach(line => output.Json(line, CommandsOutputJson.Default.TableLine));
                return ExitCodes.Done;
            }

            output.Table(
                ["entry", "family", "class", "commands", "reason"],
                [.. lines.Select(line => (string[])[line.Id, line.Family, line.External ? $"{line.Class} external" : line.Class, Short(line.Commands, line.Sub), line.Reason])]);
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{lines.Count} entries."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Output output, ClassifiedLine line)
    {
        var colour = line.Class switch { "green" => TextColour.Green, "yellow" => TextColour.Yellow, _ => TextColour.Red };
        output.Line(output.Paint(line.External ? $"{line.Class}, external" : line.Class, colour));
        output.Table(["class", "command", "rule", "reason"], [.. line.Reasons.Select(reason => (string[])[reason.Class, reason.Command, reason.Rule, reason.Reason])]);
        if (line.Effects.Count > 0)
        {
            output.Note($"Effects: {string.Join(", ", line.Effects)}");
        }
    }

    private static string Short(IReadOnlyList<string> commands, string sub)
    {
        var names = string.Join(' ', commands.Take(4)) + (commands.Count > 4 ? " …" : "");
        return sub.Length == 0 ? names : $"{names} {sub}";
    }

    private static string Word(CommandClass commandClass) => JsonNamingPolicy.SnakeCaseLower.ConvertName(commandClass.ToString());
}

internal sealed record ClassifiedLine(
    string Class, bool External, bool Parsed, bool Literal, IReadOnlyList<string> Commands, IReadOnlyList<string> Effects, IReadOnlyList<ClassifiedReason> Reasons);

internal sealed record ClassifiedReason(string Class, string Command, string Rule, string Reason);

internal sealed record TableLine(
    string Id, string Family, string Class, bool External, bool Conditional, IReadOnlyList<string> Commands, string Sub, IReadOnlyList<string> Effects, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClassifiedLine))]
[JsonSerializable(typeof(TableLine))]
internal sealed partial class CommandsOutputJson : JsonSerializerContext;
