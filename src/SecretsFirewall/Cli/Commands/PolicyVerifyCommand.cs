using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy verify</c>: whether a bundle would be taken.</summary>
internal static class PolicyVerifyCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("BUNDLE") { Description = "The bundle." };
        var root = new Option<string?>("--root") { Description = "The root of trust, as `sfw keys export` writes it, where there is no home: in a build.", HelpName = "FILE" };
        var audience = new Option<string>("--audience") { Description = "For whom, with --root.", DefaultValueFactory = _ => new BundleOptions().Audience, HelpName = "NAME" };
        var json = CommonOptions.Json();
        var command = new Command("verify", """
            Says whether this installation would take a bundle: signatures, time, version, audience, rules and cases. Nothing changes.

            The exit code is 0 if it would, 1 if not.
            """)
        { file, root, audience, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            if (PolicySource.TryReadFile(parse.GetRequiredValue(file), out var problem) is not { } bundle)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (parse.GetValue(root) is { } path)
            {
                return PolicySource.TryReadFile(path, out problem) is { } document
                    ? Answer(output, parse.GetValue(json), VerifyWith(document, bundle, parse.GetRequiredValue(audience)))
                    : output.Fail(problem, ExitCodes.Broken);
            }

            return await ControlCommand.RunAsync(
                parse,
                context => context.CallAsync(
                    ControlOperations.PolicyLoad, new LoadPolicyRequest(bundle, CheckOnly: true), reply => Answer(output, context.Parse.GetValue(json), (reply, ""))),
                cancellation);
        });
        return command;
    }

    private static (BundleReply? Reply, string Problem) VerifyWith(byte[] rootFile, byte[] file, string audience)
    {
        if (TrustRoot.Read(rootFile, out var refusal) is not { } root)
        {
            return (null, refusal!.ToString());
        }

        var context = new BundleContext(root, static _ => null, TimeProvider.System.GetUtcNow(), audience, Version.Parse(AdminServer.Version));
        if (BundleVerifier.Verify(file, context, out refusal) is not { } bundle)
        {
            return (null, refusal!.ToString());
        }

        return new PolicySource(bundle.Files, bundle.RuleFiles, bundle).Compile(out var errors) is null
            ? (null, new BundleRefusal(BundleFault.BadPolicy, "The bundle is signed as it should be, and its policy does not load.", errors).ToString())
            : (PolicyOperations.Describe(bundle, root), "");
    }

    private static int Answer(Output output, bool asJson, (BundleReply? Reply, string Problem) answer)
    {
        if (answer.Reply is not { } reply)
        {
            return output.Fail(answer.Problem);
        }

        if (asJson)
        {
            output.Json(reply, ControlJson.Default.BundleReply);
        }
        else
        {
            PolicyOutput.Show(output, reply);
            output.Note(reply.IsAccepted ? "It is the bundle that was accepted before." : "It would be taken.");
        }

        return ExitCodes.Done;
    }
}
