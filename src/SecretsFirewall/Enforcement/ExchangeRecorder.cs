using SecretsFirewall.Audit;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Says in the audit what was about to happen and what happened. Whatever the agent wrote is masked by the same detection as traffic;
/// paths stand without their query.
/// </summary>
internal sealed class ExchangeRecorder(AuditLog audit, SessionCounters sessions, RiskWatch risk, DetectionRegistry detection, TimeProvider time)
{
    private readonly ProbingWatch _probing = new(time);

    /// <summary>Why records are not taken, if they are not.</summary>
    public AuditTrouble Trouble => audit.Trouble;

    /// <summary>False where the record could not be handed to the kernel: the exchange must not be forwarded.</summary>
    public bool TryRecordIntent(Exchange exchange, ExchangeState state)
    {
        WatchForProbing(exchange);
        state.DecidedIn = time.GetUtcNow() - exchange.StartedAt;
        return audit.TryAppend(RecordOf(exchange, state, AuditTypes.Intent) with { Outcome = "allow", Rule = state.Decision?.Rule, Tools = state.DecidedTools?.All ?? [] });
    }

    public void RecordOutcome(Exchange exchange, ExchangeState? state, int? status)
    {
        if (state is not { IntentRecorded: true } || exchange.WebSocket is not null)
        {
            WatchForProbing(exchange);
        }

        var verdict = VerdictOf(exchange, state);
        var refusal = exchange.Refusal;
        var type = refusal is { Code: RefusalCode.BypassAttempt or RefusalCode.HostMismatch } ? AuditTypes.BypassAttempt : AuditTypes.Outcome;
        audit.TryAppend(RecordOf(exchange, state, type) with
        {
            FollowsIntent = state is { IntentRecorded: true },
            Verdict = verdict,
            Outcome = state?.Decision?.Outcome.ToString().ToLowerInvariant(),
            Rule = refusal?.Rule ?? state?.Decision?.Rule,
            Code = refusal?.WireCode,
            Blame = refusal?.Blame,
            Detail = refusal?.Detail,
            Status = status,
            RequestBytes = exchange.RequestBytes,
            ResponseBytes = exchange.ResponseBytes,
            Tools = [.. state?.DecidedTools?.All ?? [], .. state?.ToolCalls?.Recorded ?? []],
            Usage = state?.Metering?.Usage ?? state?.SocketMetering?.Usage,
            Cost = state?.Metering?.Cost ?? state?.SocketMetering?.Cost,
            TimingsUs = TimingsOf(exchange, state),
        });
        sessions.Count(exchange);
        risk.Settle(exchange, state);
    }

    private Dictionary<string, long> TimingsOf(Exchange exchange, ExchangeState? state)
    {
        var timings = new Dictionary<string, long>(2) { ["total"] = Microseconds(time.GetUtcNow() - exchange.StartedAt) };
        if (state is { IntentRecorded: true })
        {
            timings["decided"] = Microseconds(state.DecidedIn);
        }

        return timings;

        static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    /// <summary>A budget came to one of its marks.</summary>
    public void RecordMark(BudgetEvent mark) => audit.TryAppend(new AuditRecord
    {
        Type = mark.Percent == 100 ? AuditTypes.BudgetExhausted : AuditTypes.BudgetWarning,
        Exchange = mark.Call.Id,
        Agent = mark.Call.Agent,
        Session = mark.Call.Session,
        Rule = mark.Budget.Id,
        Detail = mark.Percent == 100
            ? $"The {(mark.Budget.IsHard ? "hard" : "soft")} budget is used up for this {mark.Budget.Window.ToString().ToLowerInvariant()}."
            : $"{mark.Percent} % of the budget is used up for this {mark.Budget.Window.ToString().ToLowerInvariant()}.",
    });

    /// <summary>Called once the request was read; of a WebSocket again at its end, since what the agent sends comes after the intent.</summary>
    private void WatchForProbing(Exchange exchange)
    {
        if (_probing.IsSuspicious(exchange))
        {
            risk.SuspectProbing(exchange);
            audit.TryAppend(new AuditRecord
            {
                Type = AuditTypes.ProbingSuspected,
                Exchange = exchange.Id,
                Agent = exchange.Agent.Name,
                Session = exchange.Session,
                Destination = RecordedText.Masked(exchange.Destination, detection.Current),
                Blame = Blame.Client,
                Detail = $"More than {ProbingWatch.DistinctValuesPerHour} different registered values came from this agent within an hour.",
            });
        }
    }

    private static Verdict VerdictOf(Exchange exchange, ExchangeState? state)
    {
        var changed = state is { ToolCalls.AnyWithheld: true } or { DecidedTools.AnyRemoved: true } || exchange.Findings.Any(finding => finding.Action is FindingAction.Mask or FindingAction.Bind);
        return exchange.Transfer switch
        {
            TransferOutcome.NotStarted => exchange.Refusal is null ? Verdict.Aborted : Verdict.Refused,
            TransferOutcome.Completed => exchange.Refusal is not null ? Verdict.Refused : changed ? Verdict.Changed : Verdict.Forwarded,
            TransferOutcome.Failed when exchange.Refusal?.Blame is not Blame.Upstream => Verdict.Refused,
            TransferOutcome.Failed => Verdict.UpstreamFailed,
            _ => Verdict.Aborted,
        };
    }

    private AuditRecord RecordOf(Exchange exchange, ExchangeState? state, string type)
    {
        var snapshot = state?.Detection ?? detection.Current;
        return AuditedPolicy.With(new AuditRecord
        {
            Type = type,
            Exchange = exchange.Id,
            Trace = exchange.Trace is { } trace ? RecordedText.Masked(trace, snapshot) : null,
            Agent = exchange.Agent.Name,
            Session = exchange.Session,
            Destination = RecordedText.Masked(exchange.Destination, snapshot),
            Method = RecordedText.Masked(exchange.Method, snapshot),
            Path = RecordedText.Path(exchange.Path, snapshot),
            Approval = state?.Approval,
            Bundle = state is null ? null : new AuditBundle(state.Policy.Name, state.Policy.Revision, state.Policy.Hash),
            Findings = [.. AuditFinding.Aggregate(exchange.Findings).Select(finding => finding with { Location = FindingLocation.Safe(finding.Location, snapshot) })],
        }, state);
    }
}
