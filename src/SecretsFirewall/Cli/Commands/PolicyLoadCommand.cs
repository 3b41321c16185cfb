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
        var reset = new Option<string?>("--reset") { Description = "What root keys have signed so that a lower version may follow (`sfw policy reset`).", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("load", """
            Puts a bundle in force, at once where a firewall runs, and keeps it in the home. What is under way goes on under the policy that it began with.

            A bundle that is not taken changes nothing: the one before stays in force, and `sfw status` says so. Versions only count up.
            """)
        { file, reset, json };
        command.SetControlAction(async context =>
        {
            if (PolicySource.TryReadFile(context.Parse.GetRequiredValue(file), out var problem) is not { } bundle)
            {
                return context.Output.Fail(problem, ExitCodes.Broken);
            }

            byte[]? lift = null;
            if (context.Parse.GetValue(reset) is { } path && (lift = PolicySource.TryReadFile(path, out problem)) is null)
            {
                return context.Output.Fail(problem, ExitCodes.Broken);
            }

            return await LoadAsync(context, new LoadPolicyRequest(bundle, CheckOnly: false, lift), context.Parse.GetValue(json));
        });
        return command;
    }

    public static Task<int> LoadAsync(ControlContext context, LoadPolicyRequest request, bool asJson) =>
        context.CallAsync(ControlOperations.PolicyLoad, request, reply =>
        {
            if (asJson)
            {
                context.Output.Json(reply, ControlJson.Default.BundleReply);
            }
            else
            {
                var when = request.CheckOnly ? "would be taken"
                    : reply.IsAccepted ? "was in force already"
                    : context.Client.IsRunning ? "is in force"
                    : "is in force with the next start";
                context.Output.Note(string.Create(CultureInfo.InvariantCulture, $"{reply.Name} version {reply.Version} {when}, until {reply.ExpiresAt:u}."));
            }

            return ExitCodes.Done;
        });
}
