using SecretsFirewall.Model;

namespace SecretsFirewall.Audit.Formats;

/// <summary>How much a record matters to somebody who watches: the same scale for every format.</summary>
internal enum AuditSeverity
{
    Informational = 1,
    Low = 2,
    Medium = 3,
    High = 4,
    Critical = 5,
}

internal static class AuditSeverities
{
    public static AuditSeverity Of(AuditRecord record) => record.Type switch
    {
        AuditTypes.CanarySighted or AuditTypes.Killed => AuditSeverity.Critical,
        AuditTypes.BypassAttempt or AuditTypes.ProbingSuspected or AuditTypes.RiskRaised => AuditSeverity.High,
        AuditTypes.PolicyRefused => AuditSeverity.High,
        AuditTypes.Repaired or AuditTypes.ClientRejectedCa or AuditTypes.TunnelOpened or AuditTypes.Unkilled or AuditTypes.GateUnlocked or AuditTypes.BudgetExhausted or AuditTypes.OverrideChanged => AuditSeverity.Medium,
        AuditTypes.BudgetWarning => AuditSeverity.Low,
        AuditTypes.Outcome => OfOutcome(record),
        _ => AuditSeverity.Informational,
    };

    private static AuditSeverity OfOutcome(AuditRecord record) =>
        record.Findings.Any(static finding => finding.Action is FindingAction.Block) ? AuditSeverity.High
        : record.Verdict is Verdict.Refused or Verdict.Unverified ? AuditSeverity.Medium
        : record.Findings.Any(static finding => finding.Action is FindingAction.Mask or FindingAction.Alert) || record.Verdict is Verdict.Aborted or Verdict.UpstreamFailed ? AuditSeverity.Low
        : AuditSeverity.Informational;
}
