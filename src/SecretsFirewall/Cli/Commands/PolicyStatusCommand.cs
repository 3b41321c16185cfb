using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy status</c>: what decides, and why it is trusted.</summary>
internal static class PolicyStatusCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("status", """
            Shows which policy decides, its hash, who signed it and until when, what was refused, and the highest version of each name.

            The exit code is 1 if something was refused, or if nothing is in force.
            """)
        { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.PolicyStatus, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.PolicyStatusReply);
            }
            else
            {
                Show(context.Output, reply);
            }

            return reply.Problem is null && reply.Trust != "none" ? ExitCodes.Done : ExitCodes.NotDone;
        }));
        return command;
    }

    private static void Show(Output output, PolicyStatusReply reply)
    {
        var trust = reply.Trust.Length == 0 ? "not running: the folder decides with the next start" : reply.Trust;
        PolicyOutput.Row(output, "policy", string.Create(CultureInfo.InvariantCulture, $"{reply.Name}{(reply.Revision > 0 ? $", revision {reply.Revision}, {reply.Hash}" : "")}"));
        PolicyOutput.Row(output, "trust", output.Paint(trust, reply.Trust is "signed" or "shipped" ? TextColour.Green : TextColour.Yellow));
        if (reply.Bundle is { } bundle)
        {
            PolicyOutput.Show(output, bundle);
            PolicyOutput.Row(output, "accepted", $"{reply.AcceptedAt:u}");
        }

        PolicyOutput.Row(output, "keys", reply.Root is { } root
            ? string.Create(CultureInfo.InvariantCulture, $"root version {root.Version} of {root.IssuedAt:u}: {root.PolicyThreshold} of {root.Keys.Count(key => key.Roles.Contains("policy"))} sign policies")
            : "none trusted: folders of the home may be edited");
        foreach (var one in reply.Accepted)
        {
            PolicyOutput.Row(output, "highest", string.Create(CultureInfo.InvariantCulture, $"{one.Name} version {one.Version}, {one.Sha256}, accepted {one.AcceptedAt:u}"));
        }

        if (reply.Problem is { } problem)
        {
            output.Note(TerminalText.Escape(problem));
        }
    }
}
