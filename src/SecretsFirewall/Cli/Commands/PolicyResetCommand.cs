using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy reset</c>: what root keys sign so that a lower version may follow a higher one.</summary>
internal static class PolicyResetCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The bundle's name, as `sfw policy status` shows it." };
        var floor = new Option<int>("--floor") { Description = "The lowest version that may follow.", Required = true, HelpName = "N" };
        var keys = new Option<string[]>("--key") { Description = "A private root key: a file, or a name from `sfw keys new`. May be said several times.", HelpName = "NAME|FILE" };
        var target = new Option<string>("--out") { Description = "The reset to write.", Required = true, HelpName = "FILE" };
        var expires = new Option<string>("--expires") { Description = "Until when it can be used: 1d, or a day.", DefaultValueFactory = _ => "1d", HelpName = "TIME" };
        var json = CommonOptions.Json();
        var command = new Command("reset", """
            Writes a reset: versions only count up, and where one was accepted that nothing can follow, root keys lead back below it. It names the very bundle that is left, so
            it is worth nothing afterwards or elsewhere. Others sign it with `sfw policy sign`; `sfw policy load BUNDLE --reset FILE` uses it.

            Example:
              sfw policy reset team --floor 8 --key root --out team.reset
              sfw policy load team-8.bundle --reset team.reset
            """)
        { name, floor, keys, target, expires, json };
        command.SetControlAction(async context =>
        {
            var parse = context.Parse;
            if (EndTime.TryRead(parse.GetRequiredValue(expires), EndTime.Now(TimeProvider.System)) is not { } end || parse.GetValue(floor) < 1)
            {
                return context.Output.Fail($"--floor: versions count from 1. --expires: {EndTime.Expected}", ExitCodes.Broken);
            }

            var status = await context.Client.CallAsync(ControlOperations.PolicyStatus, NoContent.Instance, context.Cancellation);
            if (status.Value is not { } known)
            {
                return context.Output.Fail(status.Failure!.Message);
            }

            if (known.Accepted.FirstOrDefault(one => one.Name == parse.GetRequiredValue(name)) is not { } accepted)
            {
                return context.Output.Fail("No bundle of that name was ever accepted here: any version of it will be.");
            }

            var envelope = Envelope.Of(Envelope.ResetType, new VersionReset(accepted.Name, accepted.Sha256, parse.GetValue(floor)).Write(end));
            if (PolicySignCommand.SignWith(context.Home, envelope, parse.GetValue(keys) ?? [], out var problem) is not { } signed)
            {
                return context.Output.Fail(problem);
            }

            var path = parse.GetRequiredValue(target);
            if (PolicyOutput.TryWrite(path, signed.Write()) is { } failure)
            {
                return context.Output.Fail(failure);
            }

            if (parse.GetValue(json))
            {
                context.Output.Json(new WrittenLine(path, signed.Sha256, signed.Signatures.Count, accepted.Name, parse.GetValue(floor), end), PolicyOutputJson.Default.WrittenLine);
                return ExitCodes.Done;
            }

            context.Output.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"Written: {path}, from version {accepted.Version} of {accepted.Name} to {parse.GetValue(floor)} or higher, until {end:u}, with {signed.Signatures.Count} signature{(signed.Signatures.Count == 1 ? "" : "s")}."));
            return ExitCodes.Done;
        });
        return command;
    }
}
