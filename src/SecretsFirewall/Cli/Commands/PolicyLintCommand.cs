using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy lint</c>: what is wrong, and what is probably not meant.</summary>
internal static class PolicyLintCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A bundle or a folder." };
        var strict = new Option<bool>("--strict") { Description = "Let warnings fail as well." };
        var json = CommonOptions.Json();
        var command = new Command("lint", """
            Checks a policy as it is checked when it loads, with file and line, and warns of what is probably not meant: rules that no case
            is decided by, what has ended, sets that nothing uses, rules that allow without saying whom or where.

            The exit code is 0 if it loads, 1 if it does not (--strict: or if there are warnings), 2 if it cannot be read.
            """)
        { path, strict, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (PolicySource.TryRead(parse.GetRequiredValue(path), out var problem) is not { } source)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            var cases = new List<CaseResult>();
            var loaded = source.Compile(out var errors, cases);
            var warnings = loaded is null ? [] : PolicyLint.Check(source.Files, cases, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            Write(output, parse.GetValue(json), "error", errors);
            Write(output, parse.GetValue(json), "warning", warnings);
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{errors.Count} errors, {warnings.Count} warnings, {cases.Count} cases."));
            return errors.Count > 0 || (parse.GetValue(strict) && warnings.Count > 0) ? ExitCodes.NotDone : ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Output output, bool asJson, string severity, IReadOnlyList<PolicyError> found)
    {
        foreach (var one in found)
        {
            if (asJson)
            {
                output.Json(new LintLine(severity, one.Path, one.Line, one.Message), PolicyOutputJson.Default.LintLine);
            }
            else
            {
                output.Line($"{output.Paint(severity, severity == "error" ? TextColour.Red : TextColour.Yellow)}: {TerminalText.Escape(one.ToString())}");
            }
        }
    }
}
