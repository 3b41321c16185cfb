using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy test</c>: asks a policy its own cases.</summary>
internal static class PolicyTestCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A bundle or a folder." };
        var json = CommonOptions.Json();
        var command = new Command("test", """
            Asks a policy its own cases, and shows what it answers otherwise.

            The exit code is 0 if all answers are right, 1 if not, 2 if the policy does not load.
            """)
        { path, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (PolicySource.TryRead(parse.GetRequiredValue(path), out var problem) is not { } source)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            var cases = new List<CaseResult>();
            var loaded = source.Compile(out var errors, cases);
            if (parse.GetValue(json))
            {
                cases.ForEach(one => output.Json(new CaseLine(one.Name, one.Path, one.Line, one.IsRight, one.Expected, one.Actual, one.Rule), PolicyOutputJson.Default.CaseLine));
            }
            else
            {
                cases.FindAll(one => !one.IsRight).ForEach(one => Show(output, one));
            }

            var wrong = cases.Count(one => !one.IsRight);
            if (loaded is null && wrong == 0)
            {
                return output.Fail(TerminalText.Escape(string.Join('\n', errors.Select(error => error.ToString()))), ExitCodes.Broken);
            }

            output.Note(string.Create(CultureInfo.InvariantCulture, $"{cases.Count} cases, {wrong} answered wrongly."));
            return wrong == 0 ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }

    private static void Show(Output output, CaseResult one)
    {
        output.Line(TerminalText.Escape(string.Create(CultureInfo.InvariantCulture, $"{one.Path}:{one.Line}: {one.Name}")));
        output.Line(output.Paint($"    - {TerminalText.Escape(one.Expected)}", TextColour.Red));
        output.Line(output.Paint($"    + {TerminalText.Escape(one.Actual)}", TextColour.Green));
    }
}
