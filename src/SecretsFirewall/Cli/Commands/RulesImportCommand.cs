using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Importing;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw rules import</c>: a gitleaks configuration of one's own as rule files.</summary>
internal static class RulesImportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The configuration of gitleaks, such as .gitleaks.toml." };
        var target = new Option<string?>("--output") { Description = "Write the rules to this file; to standard output if it is not given.", HelpName = "FILE" };
        var command = new Command("import", """
            Makes a rule file of a gitleaks configuration, and says what became of every part of it.

            A pattern that is a token (fixed text, then characters with bounds) becomes a rule of kind token, any other a rule of kind
            regex: run without backtracking, near a fixed text of 4 bytes or more that it must have. What cannot be said in a rule is
            listed, line by line. Nothing is dropped in silence.

            The exit code is 0 if all was imported, 1 if something was not, 2 if the file cannot be read.

            Example:
              sfw rules import .gitleaks.toml --output our-rules.json
              sfw scan --rules our-rules.json
            """)
        { file, target };
        command.SetAction(parse => Run(Output.Of(parse), parse.GetRequiredValue(file), parse.GetValue(target)));
        return command;
    }

    private static int Run(Output output, string path, string? target)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Fail("The file cannot be read. Check its name and its mode.", ExitCodes.Broken);
        }

        if (GitleaksImport.Run(text, Path.GetFileName(path), ShippedRules.Set.Rules.Select(rule => rule.Id), out var error) is not { } result)
        {
            return output.Fail(TerminalText.Escape($"{path}:{error}"), ExitCodes.Broken);
        }

        string[][] rows = [.. result.Rows.Select(row => (string[])[row.Line.ToString(CultureInfo.InvariantCulture), row.What, row.Result, row.Note])];
        if (target is null)
        {
            output.Line(result.Rules.TrimEnd());
            foreach (var row in rows)
            {
                output.Note(TerminalText.Escape($"{path}:{row[0]}: {row[1]}: {row[2]}{(row[3].Length > 0 ? $": {row[3]}" : "")}"));
            }
        }
        else
        {
            try
            {
                File.WriteAllText(target, result.Rules);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return output.Fail($"{target} cannot be written.", ExitCodes.Broken);
            }

            output.Table(["line", "what", "imported as", "note"], rows);
        }

        var left = result.Rows.Count(row => row.Result == ImportRow.NotImported);
        output.Note(string.Create(CultureInfo.InvariantCulture, $"{result.RuleCount} rules imported, {left} parts of the file not."));
        return left > 0 ? ExitCodes.NotDone : ExitCodes.Done;
    }
}
