using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy load</c>: puts a bundle in force.</summary>
internal static class PolicyLoadCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("BUNDLE") { Description = "A bundle that trusted keys have signed." };
        var json = CommonOptions.Json();
        var command = new Command("load", """
            Puts a bundle in force, at once where a firewall runs, and keeps it in the home. What is under way goes on under the policy that it began with.

            A bundle that is not taken changes nothing: the one before stays in force, and `sfw status` says so. Versions only count up.
            """)
        { file, json };
        command.SetControlAction(context => PolicySource.TryReadFile(context.Parse.GetRequiredValue(file), out var problem) is { } bundle
            ? LoadAsync(context, bundle, context.Parse.GetValue(json))
            : Task.FromResult(context.Output.Fail(problem, ExitCodes.Broken)));
        return command;
    }

    public static Task<int> LoadAsync(ControlContext context, byte[] bundle, bool asJson) =>
        context.CallAsync(ControlOperations.PolicyLoad, new LoadPolicyRequest(bundle, CheckOnly: false), reply =>
        {
            if (asJson)
            {
                context.Output.Json(reply, ControlJson.Default.BundleReply);
            }
            else
            {
                var when = reply.IsAccepted ? "was in force already" : context.Client.IsRunning ? "is in force" : "is in force with the next start";
                context.Output.Note(string.Create(CultureInfo.InvariantCulture, $"{reply.Name} version {reply.Version} {when}, until {reply.ExpiresAt:u}."));
            }

            return ExitCodes.Done;
        });
}
