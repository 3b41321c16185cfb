using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets</c>: the values that are masked everywhere, and the places where each may be used.</summary>
internal static class SecretsCommand
{
    public static Command Create()
    {
        var command = new Command("secrets", """
            The values that are masked everywhere, and the places where each may be used.

            A registered value leaves this machine only where a binding says so; anywhere else it is replaced by
            SECRET_REF(name), or the request is refused. An agent writes the reference itself, and never needs the value.

            Values come from standard input, a variable or the keyboard; never from the command line.

            Examples:
              sfw secrets add github                         (asks for the value)
              sfw secrets add github --from-env GITHUB_TOKEN
              pass show github | sfw secrets add github --value-stdin
              sfw secrets bind github --host api.github.com --header Authorization --format "Bearer {}"
              curl -H 'Authorization: Bearer SECRET_REF(github)' https://api.github.com/user
            """)
        {
            Add(),
            SecretsRotateCommand.Create(),
            SecretsRotateCommand.CreateForgetOld(),
            List(),
            SecretsShowCommand.Create(),
            Remove(),
            SecretsBindCommand.Create(),
            Unbind(),
            SecretsImportCommand.Create(),
            SecretsCanaryCommand.Create(),
            SecretsCapturedCommand.Create(),
            SecretsCapturedCommand.CreateAdopt(),
        };
        return command;
    }

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 64 of A-Z a-z 0-9 _ . -" };
        var source = new SecretValueOptions();
        var replace = new Option<bool>("--replace") { Description = "Give an existing secret a new value and forget the old one at once; its bindings stay. `rotate` keeps the old one masked for a while." };
        var command = new Command("add", """
            Registers a value. Without a source it is asked for at the keyboard.

            Refused are values shorter than 8 bytes, which would be found in ordinary text, and values that
            can be guessed (fewer than 2^40 possibilities).
            """)
        { name };
        source.AddTo(command);
        command.Add(replace);
        command.SetControlAction(async context =>
        {
            var (value, problem) = await source.ReadAsync(context, context.Parse.GetRequiredValue(name));
            if (value is null)
            {
                return context.Output.Fail(problem, ExitCodes.Broken);
            }

            try
            {
                var request = new AddSecretRequest(context.Parse.GetRequiredValue(name), value, context.Parse.GetValue(source.Weak), context.Parse.GetValue(replace));
                return await context.CallAsync(ControlOperations.SecretsAdd, request, _ =>
                {
                    context.Output.Note($"Registered. Agents write SECRET_REF({request.Name}); say where it may be used with: sfw secrets bind {request.Name} --host HOST --header NAME");
                    return ExitCodes.Done;
                });
            }
            finally
            {
                CryptographicOperations.ZeroMemory(value);
            }
        });
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists names and bindings; values are never shown.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.SecretsList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.SecretsReply);
            }
            else if (reply.Secrets.Count == 0)
            {
                context.Output.Note("No secrets. Add one with: sfw secrets add NAME");
            }
            else
            {
                context.Output.Table(["secret", "since", "binding", "where", "place", "for"], [.. reply.Secrets.SelectMany(RowsOf)]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static IEnumerable<string[]> RowsOf(SecretReply secret)
    {
        var since = $"{secret.ChangedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} v{secret.Version}{(secret.OldValues.Count > 0 ? $" +{secret.OldValues.Count} old" : "")}";
        return (secret.Use, secret.Bindings) switch
        {
            ("canary", _) => [[secret.Name, since, "-", "nowhere: a canary", "-", "-"]],
            ("killing_canary", _) => [[secret.Name, since, "-", "nowhere: a canary that stops the agent", "-", "-"]],
            (_, []) => [[secret.Name, since, "-", "nowhere: masked only", "-", "-"]],
            _ => secret.Bindings.Select(b => (string[])[
                secret.Name, since, b.Id, $"{(b.Methods.Count == 0 ? "any method" : string.Join(',', b.Methods))} {b.Host}:{b.Port}{b.Path}",
                $"{b.Place} {b.Key}: {b.Format}", b.Agent ?? "any agent"]),
        };
    }

    private static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "The secret." };
        var command = new Command("remove", "Forgets a secret and its bindings. Its value is no longer masked.") { name };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.SecretsRemove, new NameRequest(context.Parse.GetRequiredValue(name)), _ => ExitCodes.Done));
        return command;
    }

    private static Command Unbind()
    {
        var id = new Argument<string>("BINDING") { Description = "The binding's id, from `sfw secrets list`." };
        var command = new Command("unbind", "Removes a binding; the secret stays, and is masked.") { id };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.SecretsUnbind, new NameRequest(context.Parse.GetRequiredValue(id)), _ => ExitCodes.Done));
        return command;
    }
}
