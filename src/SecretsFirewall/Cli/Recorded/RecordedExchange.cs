using SecretsFirewall.Audit;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;
using SecretsFirewall.Policy.Rules;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>One question that a policy was asked about an exchange, as far as the record still holds it.</summary>
/// <param name="Ruling">What was said; null where the exchange never came so far, or nothing shows it.</param>
internal sealed record RecordedStep(RecordedFacts Facts, RecordedRuling? Ruling)
{
    public PolicyStage On => Facts.Facts.On;
}

/// <summary>An exchange as the log has it: what it was, and what was decided.</summary>
internal sealed record RecordedExchange(string Id, DateTimeOffset At, AuditRecord? Intent, AuditRecord Last)
{
    private static readonly string[] PolicyCodes = ["policy_denied", "host_denied", "steered", "approval_required"];

    private static readonly HashSet<string> MissingOfConnections = ["level", "session", "history"];

    private static readonly HashSet<string> MissingOfRequests = [.. MissingOfConnections, "query_length", "body_length", "traffic", "headers", "query", "body", "finding"];

    private static readonly HashSet<string> MissingOfCalls = [.. MissingOfConnections, "arguments", "command", "code_carrier", "source"];

    /// <summary>Null for records that are about no request.</summary>
    public static RecordedExchange? Of(IReadOnlyList<AuditEntry> entries)
    {
        var own = entries.Where(static entry => entry.Record is { Type: AuditTypes.Intent or AuditTypes.Outcome or AuditTypes.BypassAttempt, Exchange: not null }).ToList();
        return own.Count > 0 && own[^1].Record is { Method: not null } last
            ? new RecordedExchange(last.Exchange!, own[0].Timestamp, own.Find(static entry => entry.Record.Type is AuditTypes.Intent)?.Record, last)
            : null;
    }

    /// <summary>All exchanges of a log, in the order of their ends; those without an end last.</summary>
    public static IEnumerable<RecordedExchange> All(IEnumerable<AuditEntry> entries)
    {
        var open = new Dictionary<string, AuditEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.Record is not { Exchange: { } id, Type: AuditTypes.Intent or AuditTypes.Outcome or AuditTypes.BypassAttempt })
            {
                continue;
            }

            if (entry.Record.Type is AuditTypes.Intent)
            {
                open[id] = entry;
            }
            else if (Of(open.Remove(id, out var intent) ? [intent, entry] : [entry]) is { } exchange)
            {
                yield return exchange;
            }
        }

        foreach (var entry in open.Values)
        {
            if (Of([entry]) is { } exchange)
            {
                yield return exchange;
            }
        }
    }

    /// <summary>What policy said of the request in the end; null where another check refused it before, or it is not known which.</summary>
    /// <param name="then">Policies that may have decided.</param>
    public RecordedRuling? RulingOn(PolicyStage stage, IEnumerable<RecordedPolicy> then)
    {
        if (then.FirstOrDefault(policy => policy.Snapshot.Hash == Last.Bundle?.Hash) is not { } by)
        {
            return null;
        }

        var (outcome, at) = Decided(by);
        return outcome is not { } said ? null
            : stage == at ? new RecordedRuling(said, said is PolicyOutcome.Allow ? Intent?.Rule ?? (Last.Code is null ? Last.Rule : null) : Last.Rule, by)
            : stage is PolicyStage.Connect ? new RecordedRuling(PolicyOutcome.Allow, null, by)
            : null;
    }

    /// <summary>Whether the exchange was refused, and by policy. Null outcome: by another check, and policy was not asked or what it said is not known.</summary>
    /// <param name="by">The policy of the time, where it is at hand; its rules are known by their ids.</param>
    public (PolicyOutcome? Outcome, PolicyStage At) Decided(RecordedPolicy? by)
    {
        var record = Last;
        if (ParseOutcome(record.Observed) is { } observed)
        {
            return (observed, PolicyStage.Request);
        }

        if (Intent is not null || record.Outcome is "allow")
        {
            return (PolicyOutcome.Allow, PolicyStage.Request);
        }

        if (record.Code is not { } code || !PolicyCodes.Contains(code) || record.Rule is not { } rule)
        {
            return (null, PolicyStage.Request);
        }

        var stage = code == "host_denied" ? PolicyStage.Connect : PolicyStage.Request;
        var isDefault = rule is PolicySnapshot.DefaultRule or ClassRuling.MatrixRule or ClassRuling.GateRule;
        if (by is not null && !isDefault && by.Find(stage, rule) is null)
        {
            return (null, stage); // a check of the firewall that shares its code with policy
        }

        return (by?.Find(stage, rule)?.Outcome ?? (code == "steered" ? PolicyOutcome.Steer : code == "approval_required" ? PolicyOutcome.Pending : PolicyOutcome.Deny), stage);
    }

    /// <summary>The connection, then the request; null where not even those are recorded as the policy saw them.</summary>
    /// <param name="then">Policies that may have decided.</param>
    public IReadOnlyList<RecordedStep> Steps(IReadOnlyList<RecordedPolicy> then)
    {
        if (Last is not { Destination: { } destination, Agent: { } agent, Method: { } method })
        {
            return [];
        }

        var connection = new PolicyFacts { On = PolicyStage.Connect, Agent = agent, Destination = destination, At = At };
        var path = Last.Path ?? "/";
        var isLlm = TrafficRecogniser.DialectOfPath(method, path) is not LlmDialect.None;
        var isEmpty = Intent is not null && Last.RequestBytes is 0;
        var missing = new HashSet<string>(MissingOfRequests, StringComparer.Ordinal);
        missing.RemoveWhere(name => (name == "traffic" && (isLlm || isEmpty)) || (name == "body_length" && isEmpty));
        if (path.Contains("SECRET_REF(", StringComparison.Ordinal))
        {
            missing.Add("path"); // it was masked before it was written
        }

        var request = connection with { On = PolicyStage.Request, Method = method, Path = path, TrafficIsLlm = isLlm };
        return
        [
            new RecordedStep(new RecordedFacts(connection, MissingOfConnections), RulingOn(PolicyStage.Connect, then)),
            new RecordedStep(new RecordedFacts(request, missing), RulingOn(PolicyStage.Request, then)),
        ];
    }

    /// <summary>The tool calls of the answer.</summary>
    public IEnumerable<(AuditTool Tool, RecordedStep Step)> Calls(IReadOnlyList<RecordedPolicy> then)
    {
        if (Last is not { Destination: { } destination, Agent: { } agent })
        {
            yield break;
        }

        var by = then.FirstOrDefault(policy => policy.Snapshot.Hash == Last.Bundle?.Hash);
        foreach (var tool in Last.Tools.Skip(Intent?.Tools.Count ?? Last.Tools.Count).Where(static tool => tool.Name != "*"))
        {
            var facts = new PolicyFacts { On = PolicyStage.ToolCall, Agent = agent, Destination = destination, Tool = tool.Name, TrafficIsLlm = true, At = At };
            var outcome = ParseOutcome(tool.Observed ?? tool.Outcome);
            var ruling = by is not null && outcome is { } said && IsPolicys(tool, by) ? new RecordedRuling(said, tool.Rule, by) : null;
            yield return (tool, new RecordedStep(new RecordedFacts(facts, MissingOfCalls), ruling));
        }
    }

    public static PolicyOutcome? ParseOutcome(string? word) => Enum.TryParse<PolicyOutcome>(word, ignoreCase: true, out var outcome) ? outcome : null;

    /// <summary>Stopped tools and unreadable arguments are refused by no rule.</summary>
    public static bool IsPolicys(AuditTool tool, RecordedPolicy? by) =>
        !tool.Rule.StartsWith("kill.", StringComparison.Ordinal) && tool.Rule != "tool_arguments"
        && (by is null || tool.Rule is PolicySnapshot.DefaultRule or ClassRuling.MatrixRule or ClassRuling.GateRule or DefaultAnswer.CarrierRule || by.Find(PolicyStage.ToolCall, tool.Rule) is not null);
}
