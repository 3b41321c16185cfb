using System.Globalization;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>Refusals that one rule would lift.</summary>
/// <param name="Path">One path, or with <paramref name="IsPrefix"/> what all of them lie under; empty for a tool.</param>
/// <param name="Exchange">The first of them.</param>
internal sealed record SuggestedGroup(string Agent, string Host, int Port, string Method, string Path, bool IsPrefix, string? Tool, string RefusedBy, int Count, string Exchange);

/// <param name="Change">Null where nothing is suggested.</param>
/// <param name="Skipped">What nothing is suggested for, and why, with how many.</param>
internal sealed record SuggestionReport(IReadOnlyList<SuggestedGroup> Groups, PolicyChange? Change, IReadOnlyDictionary<string, int> Skipped);

/// <summary>
/// From what policy refused to rules that would allow it. Nothing is suggested for attempts to get round the firewall, for secrets, for what was stopped, nor for a
/// tool that a rule refuses: that rule looked at arguments, which are not recorded.
/// </summary>
internal sealed class Suggestion(PolicyInHand policy)
{
    // More than that nobody reviews at once.
    private const int MostGroups = 50;

    private readonly Dictionary<(string Agent, string Host, int Port, string Method, string First, string? Tool, string Rule), List<(RecordedExchange Exchange, RecordedStep Step)>> _groups = [];
    private readonly SortedDictionary<string, int> _skipped = new(StringComparer.Ordinal);

    public void Add(RecordedExchange exchange)
    {
        RecordedPolicy[] then = [policy.Recorded];
        var same = policy.Snapshot.Hash == exchange.Last.Bundle?.Hash ? policy.Recorded : null;
        var (outcome, at) = exchange.Decided(same);
        AddCalls(exchange, then);
        if (outcome is PolicyOutcome.Allow && exchange.Last.Code is null)
        {
            return;
        }

        var step = exchange.Steps(then).FirstOrDefault(one => one.On == at);
        if (exchange.Last.Type is AuditTypes.BypassAttempt || outcome is null or PolicyOutcome.Allow || step is null
            || exchange.Last.Findings.Any(static finding => finding.Action is FindingAction.Block))
        {
            Skip(exchange.Last.Code ?? "aborted");
        }
        else if (policy.Recorded.Decide(step.Facts, step.Ruling).Outcome is PolicyOutcome.Allow)
        {
            Skip("allowed by now");
        }
        else
        {
            var last = exchange.Last;
            Group((last.Agent!, last.Destination!.Host, last.Destination.Port, at is PolicyStage.Connect ? "" : last.Method!, at is PolicyStage.Connect ? "" : First(step), null, last.Rule ?? ""), exchange, step);
        }
    }

    public SuggestionReport Report(DateTimeOffset now)
    {
        var rules = new List<JsonObject>();
        var exceptions = new List<JsonObject>();
        var groups = new List<SuggestedGroup>();
        var lifted = new List<RecordedStep>();
        foreach (var (key, members) in _groups.OrderByDescending(static group => group.Value.Count).ThenBy(static group => group.Key.ToString(), StringComparer.Ordinal))
        {
            if (groups.Count == MostGroups)
            {
                Skip("more than fifty groups", members.Count);
                continue;
            }

            var (exchange, step) = members[0];
            var (path, isPrefix) = key.Method.Length == 0 ? ("", false) : Joined([.. members.Select(static one => one.Step.Facts.Facts.Path)]);
            var id = string.Create(CultureInfo.InvariantCulture, $"suggested-{groups.Count + 1}");
            var answer = policy.Recorded.Decide(step.Facts, step.Ruling);
            var found = string.Create(CultureInfo.InvariantCulture, $"Refused {members.Count} times; an operator looked at it and it is right.");
            if (StepChange.Allowing(answer, key.Rule, step.On, id, () => Match(step.Facts, path, isPrefix), now, found) is not { } change)
            {
                Skip("class_matrix", members.Count);
                continue;
            }

            rules.AddRange(change.Rules);
            exceptions.AddRange(change.Exceptions);
            lifted.AddRange(members.Select(static one => one.Step));
            groups.Add(new SuggestedGroup(key.Agent, key.Host, key.Port, key.Method, path, isPrefix, key.Tool, key.Rule, members.Count, exchange.Id));
        }

        return new SuggestionReport(groups, groups.Count == 0 ? null : Checked(PolicyChange.Document(rules, exceptions), lifted), _skipped);
    }

    private void AddCalls(RecordedExchange exchange, RecordedPolicy[] then)
    {
        foreach (var (tool, step) in exchange.Calls(then))
        {
            if (RecordedExchange.ParseOutcome(tool.Observed ?? tool.Outcome) is PolicyOutcome.Allow)
            {
                continue;
            }

            if (tool.Rule != PolicySnapshot.DefaultRule)
            {
                Skip($"tool calls by {tool.Rule}");
                continue;
            }

            Group((exchange.Last.Agent!, exchange.Last.Destination!.Host, exchange.Last.Destination.Port, "", "", tool.Name, tool.Rule), exchange, step);
        }
    }

    private PolicyChange Checked(string content, List<RecordedStep> steps)
    {
        var change = new PolicyChange(PolicyChange.PathIn(policy, "suggested"), content, "To allow all of these from now on:", "");
        if (policy.With(change.File, out var errors) is not { } changed)
        {
            return change with { Check = $"The policy does not load with it: {errors[0]}" };
        }

        var allowed = steps.Count(step => changed.Recorded.Decide(step.Facts, step.Ruling).Outcome is PolicyOutcome.Allow);
        return change with
        {
            Check = string.Create(CultureInfo.InvariantCulture, $"Tried: the policy then allows {allowed} of {steps.Count}{(allowed < steps.Count ? "; of the others that is not known from the records, or another step refuses them" : "")}."),
        };
    }

    private static JsonObject Match(RecordedFacts recorded, string path, bool isPrefix)
    {
        var match = StepChange.Match(recorded);
        if (isPrefix)
        {
            match["path"] = new JsonObject { ["under"] = path };
        }

        return match;
    }

    /// <summary>Groups lie under one first segment at least: a rule for a whole host is a person's to write.</summary>
    private static string First(RecordedStep step) => string.Join('/', step.Facts.Facts.Path.Split('/').Take(2));

    private static (string Path, bool IsPrefix) Joined(List<string> paths)
    {
        var distinct = paths.Distinct(StringComparer.Ordinal).ToList();
        if (distinct.Count == 1)
        {
            return (distinct[0], false);
        }

        var parts = distinct.ConvertAll(static path => path.Split('/'));
        var common = 0;
        while (parts.TrueForAll(path => path.Length > common) && parts.TrueForAll(path => path[common] == parts[0][common]))
        {
            common++;
        }

        return (string.Join('/', parts[0].Take(common)), true);
    }

    private void Group((string Agent, string Host, int Port, string Method, string First, string? Tool, string Rule) key, RecordedExchange exchange, RecordedStep step)
    {
        if (!_groups.TryGetValue(key, out var members))
        {
            _groups[key] = members = [];
        }

        members.Add((exchange, step));
    }

    private void Skip(string why, int count = 1) => _skipped[why] = _skipped.GetValueOrDefault(why) + count;
}
