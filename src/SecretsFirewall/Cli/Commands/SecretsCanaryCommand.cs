using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Canaries;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets canary</c>: a value that nobody needs, so that whoever sends it has read what it was planted in.</summary>
internal static class SecretsCanaryCommand
{
    private const string ListWord = "list";

    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "1 to 64 of A-Z a-z 0-9 _ . -", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<string>("--format")
        {
            Description = "What it looks like: `list` shows the formats.",
            DefaultValueFactory = _ => CanaryFormats.Plain,
            HelpName = "FORMAT",
        };
        var kill = new Option<bool>("--kill") { Description = "Stop the agent that it is seen with, until `sfw agents revive`." };
        var command = new Command("canary", """
            Makes up a value that looks like a secret and shows it once, for you to plant: in a file, a page, a mailbox.

            Nobody has a use for it. Wherever it is seen, in a request or an answer, the exchange is refused and
            the log says canary_sighted: somebody has read what it was planted in. It is never bound.

            Examples:
              sfw secrets canary honey.env --kill >> .env.production
              sfw secrets canary --format list
            """)
        { name, format, kill };
        command.Validators.Add(result =>
        {
            if (result.GetValue(name) is null && result.GetValue(format) != ListWord)
            {
                result.AddError("Name the canary.");
            }
        });
        command.SetControlAction(context => context.Parse.GetValue(format) == ListWord
            ? Task.FromResult(ListFormats(context))
            : PlantAsync(context, context.Parse.GetValue(name)!, context.Parse.GetValue(format)!, context.Parse.GetValue(kill)));
        return command;
    }

    private static int ListFormats(ControlContext context)
    {
        context.Output.Table(["format", "what it is"], [.. CanaryFormats.List().Select(static one => (string[])[one.Format, one.Description])]);
        return ExitCodes.Done;
    }

    private static async Task<int> PlantAsync(ControlContext context, string name, string format, bool kills)
    {
        if (CanaryFormats.Make(format) is not { } value)
        {
            return context.Output.Fail($"There is no format {format}. See: sfw secrets canary --format list", ExitCodes.Broken);
        }

        try
        {
            return await context.CallAsync(ControlOperations.SecretsCanary, new AddCanaryRequest(name, value, kills), _ =>
            {
                context.Output.Line(Encoding.UTF8.GetString(value));
                context.Output.Note($"This is the canary {name}; it is not shown again. Plant it where only somebody who should not be there reads it.");
                return ExitCodes.Done;
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }
}
