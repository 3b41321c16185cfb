using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy rollback</c>: old content as a new version, since versions only count up.</summary>
internal static class PolicyRollbackCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("OLD") { Description = "The bundle to go back to." };
        var keys = new Option<string[]>("--key") { Description = "A private key: a file, or a name from `sfw keys new`. May be said several times.", Required = true, HelpName = "NAME|FILE" };
        var target = new Option<string>("--out") { Description = "The bundle to write.", Required = true, HelpName = "FILE" };
        var expires = new Option<string>("--expires") { Description = "When it ends: 90d, or a day.", DefaultValueFactory = _ => "90d", HelpName = "TIME" };
        var load = new Option<bool>("--load") { Description = "Put it in force at once." };
        var command = new Command("rollback", """
            Goes back: the content of an older bundle, signed as the version after the highest that was accepted.

            Example:
              sfw policy rollback team-6.bundle --key release --out team-8.bundle --load
            """)
        { file, keys, target, expires, load };
        command.SetControlAction(async context =>
        {
            var parse = context.Parse;
            if (PolicySource.TryRead(parse.GetRequiredValue(file), out var problem) is not { Bundle: { } old } source)
            {
                return context.Output.Fail(problem.Length > 0 ? problem : "A folder has no version to go back to: build and sign it.", ExitCodes.Broken);
            }

            var now = EndTime.Now(TimeProvider.System);
            if (EndTime.TryRead(parse.GetRequiredValue(expires), now) is not { } end)
            {
                return context.Output.Fail($"--expires: {EndTime.Expected}", ExitCodes.Broken);
            }

            var status = await context.Client.CallAsync(ControlOperations.PolicyStatus, NoContent.Instance, context.Cancellation);
            if (status.Value is not { } known)
            {
                return context.Output.Fail(status.Failure!.Message);
            }

            var highest = known.Accepted.FirstOrDefault(one => one.Name == old.Manifest.Name);
            var manifest = old.Manifest with
            {
                Version = 1 + Math.Max(highest?.Version ?? 0, old.Manifest.Version),
                IssuedAt = now,
                NotBefore = null,
                ExpiresAt = end,
                PreviousSha256 = highest?.Sha256 ?? old.Sha256,
            };
            if (BundleBuilder.Build(manifest, [.. source.Files, .. source.RuleFiles], out var refusal) is not { } payload)
            {
                return context.Output.Fail(TerminalText.Escape(refusal!.ToString()));
            }

            if (PolicySignCommand.SignWith(context.Home, Envelope.Of(Envelope.BundleType, payload), parse.GetRequiredValue(keys), out problem) is not { } envelope)
            {
                return context.Output.Fail(problem);
            }

            var bytes = envelope.Write();
            if (PolicyOutput.TryWrite(parse.GetRequiredValue(target), bytes) is { } failure)
            {
                return context.Output.Fail(failure);
            }

            context.Output.Note(string.Create(CultureInfo.InvariantCulture, $"Written: {parse.GetValue(target)}, the content of version {old.Manifest.Version} as version {manifest.Version}."));
            return parse.GetValue(load) ? await PolicyLoadCommand.LoadAsync(context, new LoadPolicyRequest(bytes, CheckOnly: false), asJson: false) : ExitCodes.Done;
        });
        return command;
    }
}
