using System.CommandLine;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy sign</c>: adds signatures to a bundle, to a root of trust, or to a reset.</summary>
internal static class PolicySignCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A bundle, a root of trust that `sfw keys trust --out` wrote, or a reset." };
        var keys = new Option<string[]>("--key") { Description = "A private key: a file, or a name from `sfw keys new`. May be said several times.", HelpName = "NAME|FILE" };
        var signature = new Option<string?>("--signature") { Description = "A signature that ssh-keygen or openssl has made over what --to-sign writes.", HelpName = "FILE" };
        var by = new Option<string?>("--by") { Description = "The public key of --signature.", HelpName = "NAME|FILE" };
        var toSign = new Option<string?>("--to-sign") { Description = "Write the bytes that another tool is to sign, and sign nothing.", HelpName = "FILE" };
        var command = new Command("sign", """
            Signs a bundle with one or more keys, in place. Signatures add up; each key counts once.

            Another tool signs what --to-sign writes, and its signature is then added if it fits:
              sfw policy sign team.bundle --to-sign team.tosign
              ssh-keygen -Y sign -n policy@secretsfirewall -f id_ed25519 team.tosign
              sfw policy sign team.bundle --signature team.tosign.sig --by id_ed25519.pub
            With openssl: openssl dgst -sha256 -sign key.pem -out team.tosign.sig team.tosign

            Example:
              sfw policy sign team.bundle --key release
            """)
        { file, keys, signature, by, toSign };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            var path = parse.GetRequiredValue(file);
            if (Read(path, out var problem) is not { } envelope)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (parse.GetValue(toSign) is { } target)
            {
                return PolicyOutput.TryWrite(target, envelope.SignedBytes()) is { } failure ? output.Fail(failure) : ExitCodes.Done;
            }

            if (SignWith(home, envelope, parse.GetValue(keys) ?? [], out problem) is not { } signed)
            {
                return output.Fail(problem);
            }

            if (parse.GetValue(signature) is { } made)
            {
                if (Attach(home, signed, made, parse.GetValue(by), out problem) is not { } attached)
                {
                    return output.Fail(problem);
                }

                signed = attached;
            }

            if (ReferenceEquals(signed, envelope))
            {
                return output.Fail("Say with what: --key, or --signature and --by.", ExitCodes.Broken);
            }

            if (PolicyOutput.TryWrite(path, signed.Write()) is { } unwritten)
            {
                return output.Fail(unwritten);
            }

            output.Note($"{path} has {signed.Signatures.Count} signature{(signed.Signatures.Count == 1 ? "" : "s")} now.");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Adds a signature of each key; null where one of them cannot be opened.</summary>
    public static Envelope? SignWith(FirewallHome home, Envelope envelope, IReadOnlyList<string> keys, out string problem)
    {
        problem = "";
        foreach (var name in keys)
        {
            using var key = SigningKeys.Open(home, name, out problem);
            if (key is null)
            {
                return null;
            }

            envelope = BundleSigner.Sign(envelope, key);
        }

        return envelope;
    }

    private static Envelope? Read(string path, out string problem)
    {
        if (PolicySource.TryReadFile(path, out problem) is not { } file)
        {
            return null;
        }

        var envelope = Envelope.Read(file, Envelope.BundleType, out var refusal) ?? Envelope.Read(file, Envelope.RootType, out _) ?? Envelope.Read(file, Envelope.ResetType, out _);
        problem = envelope is null ? $"{path}: {refusal}" : "";
        return envelope;
    }

    private static Envelope? Attach(FirewallHome home, Envelope envelope, string signature, string? by, out string problem)
    {
        if (by is null)
        {
            problem = "Say whose signature it is: --by PUBLIC-KEY";
            return null;
        }

        if (SigningKeys.ReadPublic(home, by, null, out _, out problem) is not { } key || PolicySource.TryReadFile(signature, out problem) is not { } bytes)
        {
            return null;
        }

        var attached = BundleSigner.Attach(envelope, key, bytes);
        problem = attached is null ? $"{signature} is no signature of {by} over this file: sign what --to-sign writes (ssh-keygen: with -n {SshSignature.Namespace})." : "";
        return attached;
    }
}
