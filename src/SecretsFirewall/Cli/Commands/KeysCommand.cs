using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw keys</c>: who may sign policies.</summary>
internal static class KeysCommand
{
    public static Command Create() => new("keys", """
        Who may sign policies. From the first trusted key on, a policy is taken only as a bundle that such keys have signed, or as it was shipped.

        Which keys are trusted stands in a root of trust, whose versions each sign the next one. Nothing in a bundle adds to it.

        Examples:
          sfw keys new release && sfw keys trust release
          sfw keys trust colleague.pub --fingerprint 5d41… --threshold 2
        """)
    { New(), KeysTrustCommand.Create(), KeysUntrustCommand.Create(), List(), Export() };

    private static Command New()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 64 of a-z A-Z 0-9 _ . -" };
        var folder = new Option<string?>("--out") { Description = "Where the files go (default: keys/policy in the home).", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("new", "Makes a key that can sign policies: NAME.key, which only you can read, and NAME.pub. Nobody trusts it yet.") { name, folder, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            var wanted = parse.GetRequiredValue(name);
            if (!BundlePayload.IsName(wanted) || wanted[0] == '.')
            {
                return output.Fail("A key's name has letters, digits, '_', '.' and '-', 1 to 64 of them, and does not begin with a dot.", ExitCodes.Broken);
            }

            if (parse.GetValue(folder) is null && home.Prepare() is { } unusable)
            {
                return output.Fail(unusable, ExitCodes.Broken);
            }

            var target = Path.GetFullPath(parse.GetValue(folder) ?? home.PolicyKeys);
            if (SigningKeys.Create(target, wanted, out var problem) is not { } key)
            {
                return output.Fail(problem);
            }

            var line = new NewKeyLine(wanted, key.Id, Path.Combine(target, wanted + SigningKeys.PrivateExtension), Path.Combine(target, wanted + SigningKeys.PublicExtension));
            if (parse.GetValue(json))
            {
                output.Json(line, PolicyOutputJson.Default.NewKeyLine);
                return ExitCodes.Done;
            }

            output.Line(key.Id);
            output.Note($"The private key is {line.PrivateKey}, the public one {line.PublicKey}. This is its fingerprint; trust it with: sfw keys trust {wanted}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the trusted keys, and how many of them must sign.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.KeysList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.KeysReply);
            }
            else if (reply.Root is { } root)
            {
                context.Output.Table(
                    ["key", "fingerprint", "kind", "signs", "until"],
                    [.. root.Keys.Select(key => (string[])[key.Name, key.Id, key.Algorithm, string.Join(' ', key.Roles), key.ExpiresAt is { } end ? PolicyOutput.Time(end) : ""])]);
                context.Output.Note($"Root version {root.Version} of {root.IssuedAt:u}. A policy needs {root.PolicyThreshold} signatures, another root {root.RootThreshold}.");
            }
            else
            {
                context.Output.Note("No key is trusted: policies are folders of the home that may be edited. Trust one with: sfw keys trust NAME");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Export()
    {
        var file = new Argument<string>("FILE") { Description = "The file to write." };
        var command = new Command("export", "Writes the root of trust to a file, for `sfw keys trust --root` elsewhere and `sfw policy verify --root`.") { file };
        command.SetControlAction(context => context.CallAsync(ControlOperations.KeysList, NoContent.Instance, reply =>
        {
            if (reply.Root is not { } root)
            {
                return context.Output.Fail("No key is trusted, so there is nothing to hand on.");
            }

            if (PolicyOutput.TryWrite(context.Parse.GetRequiredValue(file), root.Document) is { } problem)
            {
                return context.Output.Fail(problem);
            }

            context.Output.Line(root.Sha256);
            context.Output.Note("This is its fingerprint, for whoever trusts it first. Tell it another way than the file.");
            return ExitCodes.Done;
        }));
        return command;
    }
}
