using System.CommandLine;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy diff</c>: what differs between two policies.</summary>
internal static class PolicyDiffCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("OLD") { Description = "A bundle or a folder." };
        var after = new Argument<string>("NEW") { Description = "A bundle or a folder." };
        var json = CommonOptions.Json();
        var command = new Command("diff", """
            Shows which rules, destinations, sets and cases differ, by what they say: order, comments and files make no difference.

            The exit code is 0 if nothing differs, 1 if something does, 2 if one of them does not load.
            """)
        { before, after, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (Read(parse.GetRequiredValue(before), output) is not { } old || Read(parse.GetRequiredValue(after), output) is not { } now)
            {
                return ExitCodes.Broken;
            }

            var differences = PolicyComparison.Of(old, now);
            foreach (var one in differences)
            {
                if (parse.GetValue(json))
                {
                    output.Json(new DifferenceLine(one.Part, one.Before, one.After), PolicyOutputJson.Default.DifferenceLine);
                    continue;
                }

                output.Line(TerminalText.Escape($"{(one.Before is null ? '+' : one.After is null ? '-' : '~')} {one.Part}"));
                Show(output, '-', one.Before, TextColour.Red);
                Show(output, '+', one.After, TextColour.Green);
            }

            return differences.Count == 0 ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }

    private static void Show(Output output, char sign, string? text, TextColour colour)
    {
        if (text is not null)
        {
            output.Line(output.Paint($"    {sign} {TerminalText.Escape(text)}", colour));
        }
    }

    private static PolicySource? Read(string path, Output output)
    {
        IReadOnlyList<PolicyError> errors = [];
        if (PolicySource.TryRead(path, out var problem) is { } source && source.Compile(out errors) is not null)
        {
            return source;
        }

        output.Fail(TerminalText.Escape(problem.Length > 0 ? problem : $"{path} does not load:\n{string.Join('\n', errors.Select(error => error.ToString()))}"));
        return null;
    }
}
