using SecretsFirewall.Audit;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>Tells an agent's sessions what exchanges show about it, and an operator when that is too much.</summary>
internal sealed class RiskWatch
{
    private readonly AgentSessions _sessions;
    private readonly AuditLog _audit;

    public RiskWatch(AgentSessions sessions, AuditLog audit)
    {
        _sessions = sessions;
        _audit = audit;
        sessions.Alerted += Tell;
    }

    /// <summary>Hears of findings as they are made: a stream may go on for long after one.</summary>
    public void Watch(Exchange exchange, ExchangeState state)
    {
        if (_sessions.Options.WatchesRisk && state.Open?.Session is { } session)
        {
            exchange.Found += finding => Raise(session, SignalOf(finding, state));
        }
    }

    /// <summary>What the end of an exchange shows.</summary>
    public void Settle(Exchange exchange, ExchangeState? state)
    {
        var session = state?.Open?.Session;
        if (session is not null)
        {
            _sessions.Leave(session, exchange.RequestBytes, exchange.ResponseBytes);
        }

        if (!_sessions.Options.WatchesRisk || exchange.Refusal is not { } refusal || ReferenceEquals(exchange.Agent, Identification.Unidentified))
        {
            return;
        }

        // What was refused before it had a session is seen of the agent all the same.
        session ??= _sessions.Observe(exchange.Agent.Name, exchange.Session);
        if (session is null)
        {
            return;
        }

        Raise(session, SignalOf(refusal));
        if (refusal.Blame is Blame.Policy && refusal.Code is not (RefusalCode.Killed or RefusalCode.ScopeExceeded or RefusalCode.ResourceLocked) && refusal.Rule != "risk")
        {
            _sessions.CountRefusal(session);
        }
    }

    /// <summary>It may be asking which values are registered.</summary>
    public void SuspectProbing(Exchange exchange)
    {
        if (_sessions.Options.WatchesRisk && _sessions.Observe(exchange.Agent.Name, exchange.Session) is { } session)
        {
            _sessions.Raise(session, RiskSignal.Probing);
        }
    }

    private void Raise(AgentSession session, RiskSignal? signal)
    {
        if (signal is not null)
        {
            _sessions.Raise(session, signal);
        }
    }

    private static RiskSignal? SignalOf(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.BypassAttempt or RefusalCode.HostMismatch => RiskSignal.Bypass,
        RefusalCode.UnboundReference => RiskSignal.UnboundReference,
        _ => null,
    };

    /// <summary>Findings by entropy are too often none.</summary>
    private static RiskSignal? SignalOf(Finding finding, ExchangeState state) => finding.Kind switch
    {
        FindingKind.Canary => RiskSignal.Canary,
        FindingKind.Registered or FindingKind.Rule when IsInResponse(finding, state) => RiskSignal.SecretRead,
        FindingKind.Registered or FindingKind.Rule when finding.Action is FindingAction.Block => RiskSignal.SecretBlocked,
        FindingKind.Registered => RiskSignal.ValueSent,
        _ => null,
    };

    private static bool IsInResponse(Finding finding, ExchangeState state) =>
        FindingLocation.IsInAnswer(finding) || (state.IntentRecorded && finding.Carrier is not (Carrier.Body or Carrier.WebSocketMessage));

    private void Tell(AgentSession session, RiskSignal signal, int score) => _audit.TryAppend(new AuditRecord
    {
        Type = AuditTypes.RiskRaised,
        Agent = session.Agent,
        Session = session.Name,
        Rule = $"risk.{signal.Id}",
        Blame = Blame.Client,
        Detail = FormattableString.Invariant($"The agent's risk has risen to {score} of 100."),
    });
}
