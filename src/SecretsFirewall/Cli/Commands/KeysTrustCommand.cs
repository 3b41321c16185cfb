using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw keys trust</c>: a key more, or a root of trust that somebody else made.</summary>
internal static class KeysTrustCommand
{
    public static Command Create()
    {
        var key = new Argument<string?>("KEY") { Description = "A public key: a name from `sfw keys new`, a PEM file, or an OpenSSH .pub file of kind ecdsa-sha2-nistp256.", Arity = ArgumentArity.ZeroOrOne };
        var root = new Option<string?>("--root") { Description = "Take this root of trust instead.", HelpName = "FILE" };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "What the key's or root's owner says it is. Required for what does not come from this home.", HelpName = "SHA256" };
        var name = new Option<string?>("--name") { Description = "What the key is called here (default: its file's name).", HelpName = "NAME" };
        var expires = new Option<string?>("--expires") { Description = "When it ends: 365d, or a day.", HelpName = "TIME" };
        var change = new RootChangeOptions();
        var command = new Command("trust", """
            Lets a key sign policies (--role policy) or the root of trust itself (--role root).

            The first time makes a root of trust, with a root key of its own in the home if --sign-with names none. Later ones are signed by the root keys, old
            and new ones; those in the home are used, and --sign-with names others. Where several people must sign, --out writes what `sfw policy sign` takes
            round, and `sfw keys trust --root` then takes it.
            """)
        { key, root, fingerprint, name, expires };
        change.AddTo(command);
        command.SetControlAction(async context =>
        {
            var parse = context.Parse;
            var told = parse.GetValue(fingerprint)?.Trim().ToLowerInvariant();
            if (parse.GetValue(root) is { } file)
            {
                return await TakeRootAsync(context, file, told, change.IsJson(context));
            }

            if (parse.GetValue(key) is not { } wanted)
            {
                return context.Output.Fail("Say which key, or --root FILE.", ExitCodes.Broken);
            }

            if (SigningKeys.ReadPublic(context.Home, wanted, parse.GetValue(name), out var isOurs, out var problem) is not { } trusted)
            {
                return context.Output.Fail(problem);
            }

            if (told is not null && told != trusted.Id)
            {
                return context.Output.Fail($"The key's fingerprint is {trusted.Id}: it is not the key that you were told.");
            }

            if (told is null && !isOurs)
            {
                return context.Output.Fail($"The key's fingerprint is {trusted.Id}. Ask its owner, another way than the file came, and say it with --fingerprint.");
            }

            DateTimeOffset? end = null;
            if (parse.GetValue(expires) is { } text && (end = EndTime.TryRead(text, EndTime.Now(TimeProvider.System))) is null)
            {
                return context.Output.Fail($"--expires: {EndTime.Expected}", ExitCodes.Broken);
            }

            var added = trusted.With(trusted.Name, end);
            return await change.RunAsync(context, role => role with { Keys = [.. role.Keys.Where(one => one.Id != added.Id && one.Name != added.Name), added] });
        });
        return command;
    }

    private static async Task<int> TakeRootAsync(ControlContext context, string file, string? told, bool asJson)
    {
        if (PolicySource.TryReadFile(file, out var problem) is not { } document)
        {
            return context.Output.Fail(problem, ExitCodes.Broken);
        }

        if (TrustRoot.Read(document, out var refusal) is not { } offered)
        {
            return context.Output.Fail($"{file}: {refusal}");
        }

        var known = await context.Client.CallAsync(ControlOperations.KeysList, NoContent.Instance, context.Cancellation);
        if (known.Value is not { } keys)
        {
            return context.Output.Fail(known.Failure!.Message);
        }

        // A root that follows one is signed by it; the first one is trusted by what the operator was told.
        return keys.Root is null && told != offered.Sha256
            ? context.Output.Fail($"The root's fingerprint is {offered.Sha256}. Ask its owner, another way than the file came, and say it with --fingerprint.")
            : await RootChangeOptions.TakeAsync(context, document, asJson);
    }
}
