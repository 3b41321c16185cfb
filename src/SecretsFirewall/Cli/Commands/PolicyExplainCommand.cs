using System.CommandLine;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy explain</c>: what each rule of a policy says to one question, and why.</summary>
internal static class PolicyExplainCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A bundle or a folder." };
        var facts = new Option<string>("--facts") { Description = "A file with the facts, written as those of a case.", HelpName = "FILE", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("explain", """
            Asks a policy one question, and shows of every rule of that stage whether it applies, and the condition that keeps it from it.

            Examples:
              echo '{ "on": "tool_call", "host": "api.anthropic.com", "command": "git push -f" }' > facts.json
              sfw policy explain team --facts facts.json

            The exit code is 0 if the policy allows it, 1 if not, 2 if the policy or the facts cannot be read.
            """)
        { path, facts, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (PolicySource.TryRead(parse.GetRequiredValue(path), out var problem) is not { } source
                || PolicySource.TryReadFile(parse.GetRequiredValue(facts), out problem) is not { } file)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            var wrong = new List<PolicyError>();
            var question = PolicyExplainer.ReadFacts(parse.GetRequiredValue(facts), file, wrong);
            if (source.Compile(out var errors) is not { } loaded || question is null)
            {
                return output.Fail(TerminalText.Escape(string.Join('\n', errors.Concat(wrong).Select(error => error.ToString()))), ExitCodes.Broken);
            }

            var decision = loaded.Policy.Decide(question);
            var rules = PolicyExplainer.Explain(source.Files, loaded.Policy, question);
            var outcome = decision.Observed ?? decision.Outcome;
            if (parse.GetValue(json))
            {
                output.Json(new ExplainedDecision(JsonDocument.Parse(DecisionJson.Write(decision)).RootElement, rules), PolicyOutputJson.Default.ExplainedDecision);
            }
            else
            {
                Write(output, decision, outcome, rules);
            }

            return outcome is PolicyOutcome.Allow ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
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
