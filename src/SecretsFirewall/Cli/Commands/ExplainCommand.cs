using System.CommandLine;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Cli.Traces;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw explain</c>: what the audit log knows about one exchange, on one page. Every refusal names this command and its own id.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "The exchange's id: in the refusal's text, its decision_id, and the header X-SFW-Decision." };
        var policy = new Option<string?>("--policy") { Description = "The bundle or folder to explain it by; the one in force where it is not said.", HelpName = "PATH" };
        var json = CommonOptions.Json();
        var command = new Command("explain", """
            Shows one exchange: who sent what where, when, what was found in it, what each rule makes of it and why, and the change
            of the policy that would alter the outcome, as a diff to review.

            It needs no running firewall. Values, bodies, queries and arguments are in no record, so none is shown, and what rests on
            them is shown as not recorded.

            Examples:
              sfw explain 01a1fdff3e6e709099ea184a3cc28777
              sfw explain 01a1fdff3e6e709099ea184a3cc28777 --policy team.bundle
            """)
        { id, policy, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            var wanted = parse.GetValue(id)!;
            var entries = Directory.Exists(home.AuditDirectory) ? AuditReader.Read(home.AuditDirectory, new AuditFilter(Exchange: wanted)).ToList() : [];
            if (entries.Count == 0)
            {
                return output.Fail("No record of that exchange is in this home's audit log. `sfw tail` shows the latest ones.");
            }

            var problem = "";
            var exchange = RecordedExchange.Of(entries);
            PolicyInHand? at = null;
            if (exchange is not null)
            {
                (at, problem) = await PolicyInHand.TryReadAsync(home, parse.GetValue(policy), cancellation);
            }

            var explanation = at is null ? null : ExchangeExplanation.Of(exchange!, at, TimeProvider.System.GetUtcNow());
            if (parse.GetValue(json))
            {
                output.Line(ExplainJson.Write(entries, explanation));
                return ExitCodes.Done;
            }

            var page = new ExplainPage(output);
            page.Write(entries);
            if (explanation is not null)
            {
                page.Write(explanation, at!, PolicyOfTheTime.PathOf(home, exchange!.Last.Bundle?.Hash));
            }
            else if (problem.Length > 0)
            {
                output.Note($"The rules are not shown, for want of a policy: {TerminalText.Escape(problem)}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
