using System.CommandLine;
using System.Security.Cryptography;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets rotate</c> and <c>forget-old</c>: a new value at once, the old one masked for a while.</summary>
internal static class SecretsRotateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The secret." };
        var source = new SecretValueOptions();
        var keepFor = new Option<string?>("--keep-for")
        {
            Description = $"How long the old value is still masked: 12h, 30d, …; 0 forgets it at once. (default: {SecretVault.DefaultKeepFor.TotalDays:0}d)",
            HelpName = "DURATION",
        };
        var command = new Command("rotate", """
            Gives a secret a new value, which is the one that is bound from now on; its bindings stay.

            The old value is still masked under the same name for a while, so that a stale copy of it does not
            leave; it is never bound again, and sent to the bound place it is refused.

            Example:
              pass show github | sfw secrets rotate github --value-stdin
            """)
        { name };
        source.AddTo(command);
        command.Add(keepFor);
        command.SetControlAction(async context =>
        {
            var secret = context.Parse.GetRequiredValue(name);
            if (!TryReadKeepFor(context.Parse.GetValue(keepFor), out var kept))
            {
                return context.Output.Fail("--keep-for is a number and a unit, such as 12h or 30d, or 0.", ExitCodes.Broken);
            }

            var (value, problem) = await source.ReadAsync(context, secret);
            if (value is null)
            {
                return context.Output.Fail(problem, ExitCodes.Broken);
            }

            try
            {
                var request = new RotateRequest(secret, value, context.Parse.GetValue(source.Weak), (long)kept.TotalSeconds);
                return await context.CallAsync(ControlOperations.SecretsRotate, request, reply =>
                {
                    context.Output.Note(kept > TimeSpan.Zero
                        ? $"Version {reply.Version} is in use. The value before is masked for {context.Parse.GetValue(keepFor) ?? $"{kept.TotalDays:0}d"}, and never bound."
                        : $"Version {reply.Version} is in use. The value before is forgotten: it is no longer masked.");
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

    public static Command CreateForgetOld()
    {
        var name = new Argument<string>("NAME") { Description = "The secret." };
        var command = new Command("forget-old", "Forgets the old values of a secret at once: they are no longer masked. The one in use stays.") { name };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.SecretsForgetOld, new NameRequest(context.Parse.GetRequiredValue(name)), _ => ExitCodes.Done));
        return command;
    }

    private static bool TryReadKeepFor(string? text, out TimeSpan kept)
    {
        kept = text is null ? SecretVault.DefaultKeepFor : TimeSpan.Zero;
        return text is null or "0" || ValueFormats.TryParseDuration(text, out kept);
    }
}
