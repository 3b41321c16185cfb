using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets show</c>: all about one secret but its values.</summary>
internal static class SecretsShowCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The secret." };
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows a secret's versions with their dates, and its bindings; values are never shown.") { name, json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.SecretsList, NoContent.Instance, reply =>
        {
            if (reply.Secrets.FirstOrDefault(s => s.Name == context.Parse.GetRequiredValue(name)) is not { } secret)
            {
                return context.Output.Fail("There is no such secret.");
            }

            if (context.Parse.GetValue(json))
            {
                context.Output.Json(secret, ControlJson.Default.SecretReply);
                return ExitCodes.Done;
            }

            context.Output.Table(["", ""], [.. RowsOf(secret)]);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static IEnumerable<string[]> RowsOf(SecretReply secret)
    {
        yield return ["secret", secret.Name];
        yield return ["is", secret.Use switch
        {
            "canary" => "a canary: planted, never bound, refused wherever it is seen",
            "killing_canary" => "a canary: planted, never bound, refused wherever it is seen, and the agent is stopped",
            _ => secret.Weak ? "a value that can be guessed (--weak)" : "a value",
        }];
        yield return ["created", Date(secret.CreatedAt)];
        yield return ["in use", $"version {secret.Version}, since {Date(secret.ChangedAt)}"];
        foreach (var old in secret.OldValues)
        {
            yield return ["masked only", $"version {old.Version}, in use from {Date(old.ActiveSince)} to {Date(old.RetiredAt)}, masked until {Date(old.MaskedUntil)}"];
        }

        foreach (var binding in secret.Bindings)
        {
            yield return ["bound", $"{binding.Id}: {binding.Host}:{binding.Port}{binding.Path}, {binding.Place} {binding.Key}: {binding.Format}, for {binding.Agent ?? "any agent"}"];
        }
    }

    private static string Date(DateTimeOffset date) => date.ToString("u", CultureInfo.InvariantCulture);
}
