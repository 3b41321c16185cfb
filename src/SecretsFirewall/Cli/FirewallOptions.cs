using System.Net;
using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Metering;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Telemetry;

namespace SecretsFirewall.Cli;

/// <summary>
/// Everything that can be set, one record per room. Read by the configuration from flags, variables and
/// <c>config.json</c>, in this order; immutable, so that a reload replaces it as a whole or not at all.
/// </summary>
internal sealed record FirewallOptions
{
    public ListenerOptions Listen { get; init; } = new();

    public InterceptionOptions Interception { get; init; } = new();

    public ForwardingOptions Upstream { get; init; } = new();

    public MeteringOptions Metering { get; init; } = new();

    public EnforcementOptions Enforcement { get; init; } = new();

    /// <summary>The directory is the home's, whatever is set here.</summary>
    public AuditOptions Audit { get; init; } = new() { Directory = "" };

    public AnchorOptions Anchors { get; init; } = new();

    /// <summary>Whether core dumps and debuggers may see this process's memory, which holds values: for finding faults alone.</summary>
    public bool Dumps { get; init; }

    /// <summary>The name of the policy in force: a folder below the home's <c>policies</c>.</summary>
    public string Policy { get; init; } = "default";

    public BundleOptions Bundles { get; init; } = new();

    public SessionOptions Sessions { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Where <c>/healthz</c>, <c>/version</c> and the admin API are answered.</summary>
    public IPEndPoint Admin { get; init; } = new(IPAddress.Loopback, 8889);

    public AdminApiOptions AdminApi { get; init; } = new();

    public NotificationOptions Notifications { get; init; } = new();
}
