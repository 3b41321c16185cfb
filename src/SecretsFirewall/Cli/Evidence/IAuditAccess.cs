using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>The log, whether a firewall runs on it or a command opens it for a moment.</summary>
internal interface IAuditAccess
{
    /// <summary>Null where nobody runs.</summary>
    AuditOpening? Running { get; }

    /// <summary>Null, or one sentence that says why not.</summary>
    string? Use(Func<AuditLog, string?> use);
}

internal sealed class RunningAudit(AuditOpening opening) : IAuditAccess
{
    public AuditOpening? Running => opening;

    public string? Use(Func<AuditLog, string?> use) => use(opening.Log);
}

internal sealed class IdleAudit(Installation installation, FirewallOptions options, TimeProvider time) : IAuditAccess
{
    public AuditOpening? Running => null;

    public string? Use(Func<AuditLog, string?> use)
    {
        try
        {
            using var opening = AuditOpening.Open(installation, options, time, NullLoggerFactory.Instance, out var problem);
            return opening is null ? problem : use(opening.Log);
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }
}
