using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints;

namespace SecretsFirewall.Enforcement;

/// <summary>What people changed, as the audit says it.</summary>
internal static class RestraintAudit
{
    public static AuditRecord RecordOf(RestraintEvent change) => new()
    {
        Type = change.Word,
        Agent = change.Agent,
        Session = change.Session,
        Destination = change.Host is { } host ? new Destination("https", host, 443) : null,
        Tool = change.Tool,
        Rule = change.Rule,
        Detail = change.Detail,
    };
}
