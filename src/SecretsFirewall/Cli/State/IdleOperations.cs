using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Restraints;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.State;

/// <summary>What a command answers itself while no firewall runs.</summary>
internal sealed class IdleOperations(Installation installation, BundleKeeper bundles, FirewallOptions options, TimeProvider time)
{
    public void Register(ControlDispatcher dispatcher)
    {
        installation.RecordRestraints(Record);
        dispatcher.Handle(ControlOperations.Status, _ => Status());
        new AgentSessionOperations(null, static host => host).Register(dispatcher);
        new CaptureOperations(null, installation.Vault).Register(dispatcher);
        new UsageOperations(installation.Meter, time).Register(dispatcher);
        new BudgetOperations(installation.Meter, null, Record, time).Register(dispatcher);
        new PolicyOperations(bundles, null, options.Policy).Register(dispatcher);
        new ApprovalOperations(installation.Approvals, installation.Operators, Record, time).Register(dispatcher);
    }

    /// <summary>The chain goes on where the firewall left it; whoever answers here holds the home's lock.</summary>
    private bool Record(AuditRecord record)
    {
        using var audit = AuditLog.Open(options.Audit with { Directory = installation.Home.AuditDirectory }, time, NullLogger.Instance);
        return audit.TryAppend(record);
    }

    private bool Record(RestraintEvent change)
    {
        using var audit = AuditLog.Open(options.Audit with { Directory = installation.Home.AuditDirectory }, time, NullLogger<AuditLog>.Instance);
        return audit.TryAppend(RestraintAudit.RecordOf(change, detection: null));
    }

    private ControlResult<StatusReply> Status() => new StatusReply(
        Version: AdminServer.Version,
        ProcessId: null,
        StartedAt: null,
        Home: installation.Home.Root,
        Proxy: null,
        Admin: null,
        Policy: bundles.InForce is { } bundle ? new PolicyReply(bundle.Name, bundle.Version, "sha256:" + bundle.Sha256, Trust: PolicyTrust.Signed.Word()) : new PolicyReply(options.Policy, 0, ""),
        Agents: installation.Agents.List().Count,
        Secrets: installation.Vault.Count,
        Sessions: 0,
        CaExpires: installation.Authority.NotAfter,
        Storage: SqliteLibrary.Description,
        Notes: ["The firewall does not run; start it with `sfw run`.", .. RestraintNotes.Of(installation)]);
}
