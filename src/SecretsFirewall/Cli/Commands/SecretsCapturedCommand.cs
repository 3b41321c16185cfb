using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets captured</c> and <c>adopt</c>: what masking found by itself, and how it becomes a secret of the vault.</summary>
internal static class SecretsCapturedCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("captured", """
            Lists the values that masking found by a rule and that the running firewall keeps, where the policy says
            "capture": "session". Their agents use them by name, toward their provider alone. Values are never shown.
            """)
        { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.SecretsCaptured, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.CapturedReply);
            }
            else if (reply.Captured.Count == 0)
            {
                context.Output.Note("Nothing is captured. The policy's redaction says \"capture\": \"session\" where it should be.");
            }
            else
            {
                context.Output.Table(["name", "rule", "agent", "since", "last used", "uses", ""], [.. reply.Captured.Select(RowOf)]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    public static Command CreateAdopt()
    {
        var captured = new Argument<string>("CAPTURED") { Description = "The name that masks it, auto.<rule>.<tag>, from `sfw secrets captured` or `sfw tail`." };
        var name = new Argument<string>("NAME") { Description = "What the secret is to be called." };
        var weak = new Option<bool>("--weak") { Description = "Take it although it could be guessed." };
        var command = new Command("adopt", """
            Moves a captured value into the vault under a name of yours, without showing it.

            Example:
              sfw secrets adopt auto.github-pat.1a2b3c4d github
              sfw secrets bind github --host api.github.com --header Authorization --format "Bearer {}"
            """)
        { captured, name, weak };
        command.SetControlAction(context =>
        {
            var request = new AdoptRequest(context.Parse.GetRequiredValue(captured), context.Parse.GetRequiredValue(name), context.Parse.GetValue(weak));
            return context.CallAsync(ControlOperations.SecretsAdopt, request, _ =>
            {
                context.Output.Note(
                    $"Registered. Agents write SECRET_REF({request.Name}) from now on; say where it may be used with: sfw secrets bind {request.Name} --host HOST --header NAME");
                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static string[] RowOf(CapturedValueReply one) =>
    [
        one.Name, one.Rule, one.Agent, one.CapturedAt.ToString("u", CultureInfo.InvariantCulture), one.LastUsedAt.ToString("u", CultureInfo.InvariantCulture),
        one.Uses.ToString(CultureInfo.InvariantCulture), one.Ambiguous ? "two values have this name: not usable" : "",
    ];
}
