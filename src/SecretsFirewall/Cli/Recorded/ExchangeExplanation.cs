using SecretsFirewall.Audit;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>One question to the policy, as it would be answered today.</summary>
/// <param name="Tool">Null where it is about no tool.</param>
/// <param name="Said">What the record says was answered; null where it does not show that.</param>
internal sealed record ExplainedStep(PolicyStage On, string? Tool, string? Said, RecordedAnswer Answer);

/// <summary>Why an exchange ended as it did, by a policy at hand.</summary>
/// <param name="IsSamePolicy">It is the policy that decided then.</param>
/// <param name="Change">What would alter the outcome; null where <paramref name="Advice"/> says why there is none.</param>
internal sealed record ExchangeExplanation(bool IsSamePolicy, IReadOnlyList<ExplainedStep> Steps, PolicyChange? Change, string? Advice)
{
    // A page for people: an answer may hold hundreds of calls.
    private const int MostCalls = 16;

    public static ExchangeExplanation Of(RecordedExchange exchange, PolicyInHand policy, DateTimeOffset now)
    {
        var same = policy.Snapshot.Hash == exchange.Last.Bundle?.Hash;
        RecordedPolicy[] then = [policy.Recorded];
        var (outcome, at) = exchange.Decided(same ? policy.Recorded : null);
        var asked = exchange.Steps(then);
        var steps = asked
            .Where(step => outcome is null || outcome is PolicyOutcome.Allow || step.On <= at)
            .Select(step => new ExplainedStep(step.On, null, outcome is null ? null : Word(step.On == at ? outcome.Value : PolicyOutcome.Allow), policy.Recorded.Decide(step.Facts, step.Ruling)))
            .ToList();
        var calls = exchange.Calls(then).Take(MostCalls).ToList();
        steps.AddRange(calls.Select(call => new ExplainedStep(PolicyStage.ToolCall, call.Tool.Name, call.Tool.Observed ?? call.Tool.Outcome, policy.Recorded.Decide(call.Step.Facts, call.Step.Ruling))));
        var (change, advice) = Alter(exchange, policy, outcome, at, asked, calls, now);
        return new ExchangeExplanation(same, steps, change, advice);
    }

    private static (PolicyChange? Change, string? Advice) Alter(
        RecordedExchange exchange, PolicyInHand policy, PolicyOutcome? outcome, PolicyStage at, IReadOnlyList<RecordedStep> asked, List<(AuditTool Tool, RecordedStep Step)> calls, DateTimeOffset now)
    {
        if (outcome is null || asked.Count == 0)
        {
            return (null, ChangeAdvice.For(exchange.Last));
        }

        var id = $"explain-{exchange.Id[..Math.Min(8, exchange.Id.Length)]}";
        if (outcome is not PolicyOutcome.Allow)
        {
            return Allow(exchange, policy, [.. asked.Where(step => step.On <= at || step.On is PolicyStage.Request)], at, id, now);
        }

        if (exchange.Last.Code is not null)
        {
            return (null, ChangeAdvice.For(exchange.Last));
        }

        if (calls.Find(static call => RecordedExchange.ParseOutcome(call.Tool.Outcome) is not PolicyOutcome.Allow) is { Tool: not null } withheld)
        {
            return RecordedExchange.IsPolicys(withheld.Tool, null)
                ? Allow(exchange, policy, [withheld.Step], PolicyStage.ToolCall, id, now)
                : (null, "No rule withheld the call: the tool is stopped (sfw kill list), or its arguments cannot be read.");
        }

        var request = asked[^1];
        var refusing = StepChange.Rule(id, PolicyStage.Request, PolicyOutcome.Deny, StepChange.Match(request.Facts), "An operator wants this refused.");
        return (Checked(policy, id, PolicyChange.Document([refusing], []), $"It was allowed. To refuse it from now on, for {Narrow(request.Facts)}:", [request]), null);
    }

    private static (PolicyChange? Change, string? Advice) Allow(
        RecordedExchange exchange, PolicyInHand policy, IReadOnlyList<RecordedStep> steps, PolicyStage at, string id, DateTimeOffset now)
    {
        var changes = new List<StepChange>();
        foreach (var step in steps)
        {
            var answer = policy.Recorded.Decide(step.Facts, step.Ruling);
            if (answer.Outcome is PolicyOutcome.Allow)
            {
                continue;
            }

            var decider = step.On == at ? step.On is PolicyStage.ToolCall ? step.Ruling?.Rule : exchange.Last.Rule : null;
            if (StepChange.Allowing(answer, decider, step.On, $"{id}-{Word(step.On)}", () => StepChange.Match(step.Facts), now, $"Exchange {exchange.Id} was looked at and is right.") is not { } change)
            {
                return (null, "Class and level of the action decided, and no single rule overrides them: raise the agent's level (sfw agents), open the gate for it (sfw gate unlock), or change `matrix`.");
            }

            changes.Add(change);
        }

        return changes.Count == 0
            ? (null, "The policy at hand would allow it: it has been changed since.")
            : (Checked(
                policy, id, PolicyChange.Document(changes.SelectMany(static one => one.Rules), changes.SelectMany(static one => one.Exceptions)), $"To allow it from now on, for {Narrow(steps[^1].Facts)}:", steps), null);
    }

    private static PolicyChange Checked(PolicyInHand policy, string id, string content, string meaning, IReadOnlyList<RecordedStep> steps)
    {
        var change = new PolicyChange(PolicyChange.PathIn(policy, id), content, meaning, "");
        if (policy.With(change.File, out var errors) is not { } changed)
        {
            return change with { Check = $"The policy does not load with it: {errors[0]}" };
        }

        foreach (var step in steps)
        {
            var answer = changed.Recorded.Decide(step.Facts, step.Ruling);
            if (answer.Outcome is not PolicyOutcome.Allow)
            {
                return change with
                {
                    Check = answer.Outcome is { } said
                        ? $"Tried: the policy then says {Word(said)} by {answer.Rule}."
                        : $"Tried: whether that is enough rests on what is not recorded ({string.Join(", ", answer.Missing)}, asked by {answer.Rule}).",
                };
            }
        }

        return change with { Check = "Tried: the policy then allows it." };
    }

    private static string Narrow(RecordedFacts recorded) => recorded.Facts.On is PolicyStage.ToolCall
        ? "this agent, host and tool with whatever arguments (they are not recorded: add a test of `arguments` or `command`)"
        : recorded.Missing.Contains("path") ? "this agent, host and method (the path was masked)" : "this agent, host, method and path alone";

    public static string Word<T>(T value)
        where T : struct, Enum => DocumentWord.Of(value);
}
