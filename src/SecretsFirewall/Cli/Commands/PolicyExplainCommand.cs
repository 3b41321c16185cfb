using System.CommandLine;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Cli.Traces;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy explain</c>: what each rule of a policy says to one question, and why.</summary>
internal static class PolicyExplainCommand
{
    public static Command Create()
    {
        var path = new Argument<string?>("PATH") { Description = "A bundle or a folder; the policy in force where it is not said.", Arity = ArgumentArity.ZeroOrOne };
        var facts = new Option<string?>("--facts") { Description = "A file with the facts, written as those of a case.", HelpName = "FILE" };
        var exchange = new Option<string?>("--exchange") { Description = "An exchange of the audit log: its recorded facts.", HelpName = "ID" };
        var json = CommonOptions.Json();
        var command = new Command("explain", """
            Asks a policy one question, and shows of every rule of that stage whether it applies, and the condition that keeps it from it.

            Examples:
              echo '{ "on": "tool_call", "host": "api.anthropic.com", "command": "git push -f" }' > facts.json
              sfw policy explain team --facts facts.json
              sfw policy explain --exchange 01a1fdff3e6e709099ea184a3cc28777

            Of an exchange each question is asked again: the connection, the request, the tool calls. What a record does not hold is shown as
            not recorded.

            The exit code is 0 if the policy allows it, 1 if not, 2 if the policy or the facts cannot be read.
            """)
        { path, facts, exchange, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            if (parse.GetValue(facts) is null == parse.GetValue(exchange) is null)
            {
                return output.Fail("Say what is asked: --facts FILE or --exchange ID.", ExitCodes.Broken);
            }

            var (policy, problem) = await PolicyInHand.TryReadAsync(home, parse.GetValue(path), cancellation);
            return policy is null ? output.Fail(problem, ExitCodes.Broken)
                : parse.GetValue(exchange) is { } id ? ExplainExchange(output, home, policy, id, parse.GetValue(json))
                : ExplainFacts(output, policy, parse.GetValue(facts)!, parse.GetValue(json));
        });
        return command;
    }

    private static int ExplainFacts(Output output, PolicyInHand policy, string path, bool asJson)
    {
        if (PolicySource.TryReadFile(path, out var problem) is not { } file)
        {
            return output.Fail(problem, ExitCodes.Broken);
        }

        var wrong = new List<PolicyError>();
        if (PolicyExplainer.ReadFacts(path, file, wrong) is not { } question)
        {
            return output.Fail(TerminalText.Escape(string.Join('\n', wrong.Select(static error => error.ToString()))), ExitCodes.Broken);
        }

        var decision = policy.Snapshot.Decide(question);
        var rules = PolicyExplainer.Explain(policy.Source.Files, policy.Snapshot, question);
        var outcome = decision.Observed ?? decision.Outcome;
        if (asJson)
        {
            output.Json(new ExplainedDecision(JsonDocument.Parse(DecisionJson.Write(decision)).RootElement, rules), PolicyOutputJson.Default.ExplainedDecision);
        }
        else
        {
            Write(output, decision, outcome, rules);
        }

        return outcome is PolicyOutcome.Allow ? ExitCodes.Done : ExitCodes.NotDone;
    }

    private static int ExplainExchange(Output output, FirewallHome home, PolicyInHand policy, string id, bool asJson)
    {
        var entries = Directory.Exists(home.AuditDirectory) ? AuditReader.Read(home.AuditDirectory, new AuditFilter(Exchange: id)).ToList() : [];
        if (RecordedExchange.Of(entries) is not { } exchange)
        {
            return output.Fail("No record of a request with that id is in this home's audit log. `sfw tail` shows the latest ones.", ExitCodes.Broken);
        }

        var explanation = ExchangeExplanation.Of(exchange, policy, TimeProvider.System.GetUtcNow());
        if (asJson)
        {
            output.Line(ExplainJson.Write(entries, explanation));
        }
        else
        {
            new ExplainPage(output).Write(explanation, policy, PolicyOfTheTime.PathOf(home, exchange.Last.Bundle?.Hash));
        }

        return explanation.Steps.Any(static step => step.Answer.Outcome is not PolicyOutcome.Allow) ? ExitCodes.NotDone : ExitCodes.Done;
    }

    private static void Write(Output output, PolicyDecision decision, PolicyOutcome outcome, IReadOnlyList<RuleExplanation> rules)
    {
        var about = decision.Class is { } known ? $" ({DocumentWord.Of(known)}{(decision.IsExternal ? ", external" : "")})" : "";
        output.Line($"{output.Paint(DocumentWord.Of(outcome), outcome is PolicyOutcome.Allow ? TextColour.Green : TextColour.Red)}{about} by {TerminalText.Escape(decision.Rule)}: {TerminalText.Escape(decision.Reason)}");
        output.Table(
            ["rule", "outcome", "applies", "because of", "which is"],
            [.. rules.Select(static rule => (string[])
            [
                TerminalText.Escape(rule.Rule), rule.IsShadow ? $"{rule.Outcome} (shadow)" : rule.Outcome, rule.Applies, TerminalText.Escape(rule.Condition ?? ""), TerminalText.Escape(rule.Fact ?? ""),
            ])]);
    }
}

internal sealed record ExplainedDecision(JsonElement Decision, IReadOnlyList<RuleExplanation> Rules);
