using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.State;

/// <summary>What a command answers itself while no firewall runs.</summary>
internal sealed class IdleOperations(Installation installation, BundleKeeper bundles, FirewallOptions options, IAuditAccess audit, TimeProvider time)
{
    // Only for what is recorded: most commands change nothing.
    private readonly Lazy<DetectionSnapshot> _detection = new(() => Detection(installation));

    public void Register(ControlDispatcher dispatcher)
    {
        installation.RecordRestraints(change => Record(RestraintAudit.RecordOf(change)));
        dispatcher.Handle(ControlOperations.Status, _ => Status());
        new AgentSessionOperations(null, static host => host).Register(dispatcher);
        new CaptureOperations(null, installation.Vault).Register(dispatcher);
        new UsageOperations(installation.Meter, time).Register(dispatcher);
        new BudgetOperations(installation.Meter, null, Record, time).Register(dispatcher);
        new PolicyOperations(bundles, null, options.Policy).Register(dispatcher);
        new ApprovalOperations(installation.Approvals, installation.Operators, Record, time).Register(dispatcher);
        new TraceOperations(Record).Register(dispatcher);
    }

    /// <summary>The chain goes on where the firewall left it, signed; whoever answers here holds the home's lock.</summary>
    private bool Record(AuditRecord record) => audit.Use(log => log.TryAppend(OperatorRecords.Masked(record, _detection.Value)) ? null : log.Trouble.Sentence()) is null;

    private static DetectionSnapshot Detection(Installation installation)
    {
        var values = new List<RegisteredValue>();
        installation.Vault.ForEach((name, _, value) => values.Add(new RegisteredValue(name, value.ToArray())));
        try
        {
            return DetectionSnapshot.Build(values, installation.InstallKey, [.. ShippedRules.Set.Enabled]);
        }
        finally
        {
            values.ForEach(static one => CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(one.Value).Span));
        }
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
        Notes: ["The firewall does not run; start it with `sfw run`.", .. RestraintNotes.Of(installation)])
    {
        Log = LogPosition.Of(installation, running: null, keeper: null),
    };
}
