using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw approvals</c>: what waits for a person.</summary>
internal static class ApprovalsCommand
{
    public static Command Create()
    {
        var command = new Command("approvals", """
            What waits for a person, since a rule of the policy says `pending`. A yes is for that one action, once, within ten
            minutes: the agent then repeats it. One changed byte is another question.

            Examples:
              sfw approvals watch
              sfw approvals show 0198…
              sfw approvals approve 0198… --for-session --max-uses 20 --until 2h
            """)
        {
            List(),
            Show(),
            Answer(approve: true),
            Answer(approve: false),
            Watch(),
            Rule(),
        };
        return command;
    }

    private static Command List()
    {
        var status = new Option<string?>("--status") { Description = "pending (as it is by default), approved, used, denied, expired, cancelled, or all.", HelpName = "STATUS" };
        status.AcceptOnlyFromAmong([.. ApprovalStatuses.All, "all"]);
        var agent = new Option<string?>("--agent") { Description = "Only this agent.", HelpName = "NAME" };
        var most = new Option<int>("--lines", "-n") { Description = "At most so many, the newest.", DefaultValueFactory = _ => 50, HelpName = "N" };
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists what waits, or what was decided.") { status, agent, most, json };
        command.SetControlAction(context =>
        {
            var wanted = context.Parse.GetValue(status) ?? ApprovalStatus.Pending.Word();
            var request = new ListApprovalsRequest(wanted == "all" ? null : wanted, context.Parse.GetValue(agent), null, context.Parse.GetValue(most));
            return context.CallAsync(ControlOperations.ApprovalsList, request, reply =>
            {
                if (context.Parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.ApprovalsReply);
                }
                else if (reply.Approvals.Count == 0)
                {
                    context.Output.Note(wanted == ApprovalStatus.Pending.Word() ? "Nothing waits for a person." : "There is none.");
                }
                else
                {
                    context.Output.Table(ApprovalText.Headers, [.. reply.Approvals.Select(ApprovalText.Row)]);
                }

                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static Command Show()
    {
        var id = Id();
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows who wants what, where, why, and what was decided about the same action before.") { id, json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.ApprovalsShow, new NameRequest(context.Parse.GetRequiredValue(id)), reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.ApprovalDetailReply);
            }
            else
            {
                ApprovalText.Show(context.Output, reply);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Answer(bool approve)
    {
        var id = Id();
        var note = new Option<string?>("--note") { Description = "Why; goes into the record.", HelpName = "TEXT" };
        var forSession = new Option<bool>("--for-session") { Description = "For all actions of this kind (agent, session, rule, place), whatever they say." };
        var maxUses = new Option<int?>("--max-uses") { Description = "With --for-session: so many.", HelpName = "N" };
        var maxCost = new Option<decimal?>("--max-cost") { Description = "With --for-session: until so much money was spent by them.", HelpName = "AMOUNT" };
        var until = new Option<string?>("--until") { Description = "With --for-session: how long, such as 30m or 2h, or a time; an hour where it is not said, 24 hours at most.", HelpName = "TIME" };
        var json = CommonOptions.Json();
        var command = approve
            ? new Command("approve", "Says yes: to this action, once, within ten minutes.") { id, note, forSession, maxUses, maxCost, until, json }
            : new Command("deny", "Says no: the agent is told, and is not asked about again until the question would have expired.") { id, note, json };
        command.SetControlAction(context =>
        {
            if (BehindFirewall.IsHere())
            {
                return Task.FromResult(context.Output.Fail(BehindFirewall.Sentence));
            }

            var text = approve ? context.Parse.GetValue(until) : null;
            DateTimeOffset? end = null;
            if (text is not null && (end = EndOf(text)) is null)
            {
                return Task.FromResult(context.Output.Fail("--until takes a duration such as 30m or 2h, or a time such as 2026-06-01T12:00:00Z.", ExitCodes.Broken));
            }

            var request = new AnswerApprovalRequest(
                context.Parse.GetRequiredValue(id), approve, context.Parse.GetValue(note),
                approve && context.Parse.GetValue(forSession), approve ? context.Parse.GetValue(maxUses) : null, approve ? context.Parse.GetValue(maxCost) : null, end);
            return context.CallAsync(ControlOperations.ApprovalsAnswer, request, reply =>
            {
                if (context.Parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.ApprovalReply);
                }
                else
                {
                    context.Output.Line(TerminalText.Escape(approve
                        ? $"Agreed, until {ApprovalText.Time(reply.Until!.Value)}: {ApprovalText.What(reply)}"
                        : $"Denied: {ApprovalText.What(reply)}"));
                }

                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static Command Watch()
    {
        var command = new Command("watch", """
            Shows what waits as it comes, and takes answers by one key:
              a approve   d deny   s approve for the session   r show it as a rule   j/k or arrows move   q end
            """);
        command.SetControlAction(context =>
            BehindFirewall.IsHere() ? Task.FromResult(context.Output.Fail(BehindFirewall.Sentence))
            : !context.Output.IsTerminal || Console.IsInputRedirected ? Task.FromResult(context.Output.Fail("watch needs a terminal. For programs: sfw approvals list --json", ExitCodes.Broken))
            : new ApprovalsWatch(context.Client, context.Output, ApprovalsWatch.ReadConsoleKey, TimeProvider.System).RunAsync(context.Cancellation));
        return command;
    }

    private static Command Rule()
    {
        var id = Id();
        var command = new Command("rule", "Writes the file that would lift the rule for this agent, place and method or tool, for 30 days: to be reviewed and added to the policy.") { id };
        command.SetControlAction(context => context.CallAsync(ControlOperations.ApprovalsShow, new NameRequest(context.Parse.GetRequiredValue(id)), reply =>
        {
            foreach (var line in ScopedRule.Of(reply.Approval, Environment.UserName, TimeProvider.System.GetUtcNow()).Split('\n'))
            {
                context.Output.Line(TerminalText.Escape(line));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Argument<string> Id() => new("ID") { Description = "The decision's id: in the refusal's text, its decision_id, and the header X-SFW-Decision." };

    private static DateTimeOffset? EndOf(string text) =>
        ValueFormats.TryParseDuration(text, out var duration) ? TimeProvider.System.GetUtcNow() + duration
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time.ToUniversalTime()
        : null;
}
