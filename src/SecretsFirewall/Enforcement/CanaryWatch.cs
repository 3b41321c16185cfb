using Microsoft.Extensions.Logging;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A canary was seen: somebody has read what it was planted in. The exchange is refused by its plan; here it is told to the operator, and
/// the agent is stopped if the canary says so, both before the refusal reaches anybody.
/// </summary>
internal sealed partial class CanaryWatch(AuditLog audit, SecretVault vault, KillSwitch kills, ILogger logger)
{
    public void Watch(Exchange exchange, ExchangeState state) => exchange.Found += finding =>
    {
        if (finding.Kind is FindingKind.Canary && IsFirst(exchange, finding.Name))
        {
            Tell(exchange, state, finding);
        }
    };

    private static bool IsFirst(Exchange exchange, SecretName name) =>
        exchange.Findings.Where(finding => finding.Kind is FindingKind.Canary && finding.Name == name).Sum(static finding => finding.Count) == 1;

    private void Tell(Exchange exchange, ExchangeState state, Finding finding)
    {
        var agent = exchange.Agent;
        if (vault.UseOf(finding.Name) is SecretUse.KillingCanary)
        {
            void Stop() => kills.TryKill(KillScope.Agent, agent.Name, "It was seen with the agent.", $"the canary {finding.Name}");
            if (state.Open is { } open)
            {
                open.Spare(Stop);
            }
            else
            {
                Stop();
            }
        }

        var safe = finding with { Location = FindingLocation.Safe(finding.Location, state.Detection) };
        audit.TryAppend(RecordOf(exchange, AuditTypes.CanarySighted) with
        {
            Direction = IsInResponse(finding, state) ? "response" : "request",
            Findings = AuditFinding.Aggregate([safe]),
            Detail = "A canary was seen: somebody has read what it was planted in.",
        });
        LogSighted(logger, finding.Name.Value, agent.Name, exchange.Session, exchange.Id);
    }

    /// <summary>The host stands in the outcome's record, masked.</summary>
    private static AuditRecord RecordOf(Exchange exchange, string type) => new()
    {
        Type = type,
        Exchange = exchange.Id,
        Agent = exchange.Agent.Name,
        Session = exchange.Session,
        Blame = Blame.Client,
    };

    private static bool IsInResponse(Finding finding, ExchangeState state) =>
        FindingLocation.IsInAnswer(finding) || (state.IntentRecorded && finding.Carrier is not (Carrier.Body or Carrier.WebSocketMessage));

    [LoggerMessage(4000, LogLevel.Warning, "Canary {Name} was seen with agent {Agent}, session {Session}, exchange {Exchange}.")]
    private static partial void LogSighted(ILogger logger, string name, string agent, string session, string exchange);
}
