using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw status</c>: what is, at a glance.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("status", """
            Shows whether the firewall runs, where it listens, and what an operator should know.

            The exit code is 0 if it runs and 1 if it does not.
            """)
        { json };
        command.SetControlAction(async context =>
        {
            var reply = await context.Client.CallAsync(ControlOperations.Status, NoContent.Instance, context.Cancellation);
            if (reply.Failure is { } failure)
            {
                return context.Output.Fail(failure.Message);
            }

            var status = reply.Value!;
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(status, ControlJson.Default.StatusReply);
            }
            else
            {
                Show(status, context.Output);
                await StatusSections.WriteAsync(context, status);
                Tell(status, context.Output);
            }

            return status.ProcessId is null ? ExitCodes.NotDone : ExitCodes.Done;
        });
        return command;
    }

    private static void Show(StatusReply status, Output output)
    {
        var state = status.ProcessId is { } id
            ? output.Paint(string.Create(CultureInfo.InvariantCulture, $"runs since {status.StartedAt:u} as process {id}"), TextColour.Green)
            : output.Paint("does not run", TextColour.Yellow);
        output.Line($"sfw {status.Version}  {state}");
        if (status.Enforcement is { } enforcement)
        {
            var said = enforcement.Why.Length == 0 ? enforcement.State : $"{enforcement.State}: {enforcement.Why}";
            output.Line($"state     {output.Paint(said, enforcement.State == "enforcing" ? TextColour.Green : enforcement.State == "observing" ? TextColour.Yellow : TextColour.Red)}");
        }

        output.Line($"home      {status.Home}");
        output.Line($"proxy     {status.Proxy ?? "-"}");
        output.Line($"admin     {status.Admin ?? "-"}");
        output.Line(status.Policy.Revision > 0 ? $"policy    {status.Policy.Name}, revision {status.Policy.Revision}, {status.Policy.Hash}" : $"policy    {status.Policy.Name}");
        if (status.Policy.Trust.Length > 0)
        {
            var ends = status.Policy.ExpiresAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" until {at:u}") : "";
            output.Line($"          {output.Paint(status.Policy.Trust + ends, status.Policy.Trust is "signed" or "shipped" ? TextColour.Green : TextColour.Yellow)}");
        }

        if (status.Policy.Mode.Length > 0)
        {
            output.Line($"          {output.Paint($"{status.Policy.Mode}: what the policy says is recorded, and nothing is refused for it (trust: unverified)", TextColour.Yellow)}");
        }

        if (status.Policy.Revision > 0)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"rules     {status.Policy.Rules} detection rules"));
        }

        output.Line(string.Create(CultureInfo.InvariantCulture, $"agents    {status.Agents}   secrets  {status.Secrets}   sessions  {status.Sessions}"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"CA until  {status.CaExpires:u}"));
        output.Line($"SQLite    {status.Storage}");
        foreach (var rule in status.Unverified ?? [])
        {
            output.Line(output.Paint(Describe(rule), rule.HasEnded || rule.IsBound ? TextColour.Dim : TextColour.Yellow));
        }
    }

    /// <summary>What an operator should know comes last, where it is seen.</summary>
    private static void Tell(StatusReply status, Output output)
    {
        foreach (var note in status.Notes)
        {
            output.Note(note);
        }
    }

    /// <summary>The reason is the operator's own text.</summary>
    private static string Describe(UnverifiedReply rule)
    {
        var until = rule.HasEnded ? "ended" : rule.IsBound ? "a secret is bound there, so it is read; until" : "passes unread until";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"unverified {rule.Host}:{rule.Port}  {until} {rule.Ends:u}, rule {rule.Rule}: {TerminalText.Escape(rule.Reason)} ({rule.Open} open, {rule.Total} since the start, {rule.RequestBytes} bytes out, {rule.ResponseBytes} in)");
    }
}
