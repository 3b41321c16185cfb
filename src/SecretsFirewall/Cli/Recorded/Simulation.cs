using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>What would be decided otherwise, for all records that differ in nothing that a person would tell apart.</summary>
/// <param name="Exchange">The first of them.</param>
/// <param name="Tool">Null for a request.</param>
/// <param name="Was">The outcome that was recorded, and <paramref name="WasBy"/> the rule.</param>
internal sealed record SimulatedChange(string Exchange, string Agent, string Host, string Method, string Path, string? Tool, string Was, string? WasBy, string Now, string NowBy)
{
    public int Count { get; init; } = 1;
}

/// <summary>What a policy would have said of what was recorded.</summary>
/// <param name="Requests">How many were decided anew, <paramref name="Calls"/> how many tool calls.</param>
/// <param name="Undecided">What the answers rest on that is not recorded, with how many.</param>
/// <param name="Elsewhere">Refused by other checks than policy, by code: nothing to decide anew.</param>
internal sealed record SimulationReport(
    int Requests, int Calls, IReadOnlyList<SimulatedChange> Changes, IReadOnlyDictionary<string, int> Undecided, IReadOnlyDictionary<string, int> Elsewhere)
{
    public int Changed => Changes.Sum(static one => one.Count);
}

/// <summary>Asks a policy again what was recorded under others.</summary>
/// <param name="then">Policies that may have decided: what they said bears out what the records do not hold.</param>
internal sealed class Simulation(RecordedPolicy candidate, IReadOnlyList<RecordedPolicy> then)
{
    private readonly Dictionary<SimulatedChange, SimulatedChange> _changes = [];
    private readonly SortedDictionary<string, int> _undecided = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _elsewhere = new(StringComparer.Ordinal);
    private int _requests;
    private int _calls;

    public void Add(RecordedExchange exchange)
    {
        var (was, at) = exchange.Decided(then.FirstOrDefault(policy => policy.Snapshot.Hash == exchange.Last.Bundle?.Hash));
        var steps = exchange.Steps(then);
        if (was is not { } recorded || steps.Count == 0)
        {
            Count(_elsewhere, steps.Count == 0 ? "not_a_request" : exchange.Last.Code ?? "aborted");
            return;
        }

        var now = Decide(steps);
        if (now.Outcome is not { } outcome)
        {
            Count(_undecided, Reason(now));
        }
        else
        {
            _requests++;
            if (outcome != recorded)
            {
                Note(exchange, null, recorded, exchange.Intent?.Rule ?? exchange.Last.Rule, outcome, now.Rule);
            }
        }

        if (recorded is PolicyOutcome.Allow && now.Outcome is PolicyOutcome.Allow)
        {
            AddCalls(exchange);
        }
    }

    public SimulationReport Report() => new(
        _requests, _calls, [.. _changes.Values.OrderByDescending(static one => one.Count).ThenBy(static one => one.Host, StringComparer.Ordinal)], _undecided, _elsewhere);

    /// <summary>The first step that is not allowed decides; what cannot be told there is not told at all.</summary>
    private RecordedAnswer Decide(IReadOnlyList<RecordedStep> steps)
    {
        RecordedAnswer answer;
        var i = 0;
        do
        {
            answer = candidate.Decide(steps[i].Facts, steps[i].Ruling);
        }
        while (answer.Outcome is PolicyOutcome.Allow && ++i < steps.Count);

        return answer;
    }

    private void AddCalls(RecordedExchange exchange)
    {
        foreach (var (tool, step) in exchange.Calls(then))
        {
            if (!RecordedExchange.IsPolicys(tool, step.Ruling?.By) || RecordedExchange.ParseOutcome(tool.Observed ?? tool.Outcome) is not { } recorded)
            {
                Count(_elsewhere, "tool_call");
                continue;
            }

            var now = candidate.Decide(step.Facts, step.Ruling);
            if (now.Outcome is not { } outcome)
            {
                Count(_undecided, Reason(now));
                continue;
            }

            _calls += tool.Count;
            if (outcome != recorded)
            {
                Note(exchange, tool.Name, recorded, tool.Rule, outcome, now.Rule);
            }
        }
    }

    private static string Reason(RecordedAnswer answer) => $"{string.Join(", ", answer.Missing)} (asked by {answer.Rule})";

    private void Note(RecordedExchange exchange, string? tool, PolicyOutcome was, string? wasBy, PolicyOutcome now, string nowBy)
    {
        var last = exchange.Last;
        var change = new SimulatedChange(
            "", last.Agent!, last.Destination!.Host, last.Method!, tool is null ? last.Path ?? "/" : "", tool, DocumentWord.Of(was), wasBy, DocumentWord.Of(now), nowBy);
        _changes[change] = _changes.TryGetValue(change, out var known) ? known with { Count = known.Count + 1 } : change with { Exchange = exchange.Id };
    }

    private static void Count(SortedDictionary<string, int> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
}
