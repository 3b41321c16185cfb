using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Admin;
using SecretsFirewall.Admin.Api;
using SecretsFirewall.Approvals;

namespace SecretsFirewall.Cli.Running;

/// <summary>What stands behind the admin listener: the API, the announcements, and the clock of what waits.</summary>
internal sealed class AdminPlane : IDisposable
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly DecisionEndpoints _decisions;
    private readonly ApprovalNotifier _notifier;
    private readonly ITimer _pruning;

    private AdminPlane(Installation installation, Firewall firewall, ApprovalOperations approvals, ControlDispatcher dispatcher, TimeProvider time, ILoggerFactory loggers)
    {
        _decisions = new DecisionEndpoints(
            installation.Approvals, installation.Agents, installation.Kills, firewall.Policy, firewall.Audit.TryAppend, firewall.MaskForPeople, firewall.AgentSessions.RiskOf, time);
        var budgets = new BudgetOperations(installation.Meter, () => firewall.Policy.Current.Budgets, firewall.Audit.TryAppend, time);
        ApiRoute[] routes =
        [
            .. new StateEndpoints(dispatcher).Routes(),
            .. new ApprovalEndpoints(approvals, installation.Approvals).Routes(),
            .. _decisions.Routes(),
            .. new UsageEndpoints(new UsageOperations(installation.Meter, time), budgets, time).Routes(),
            .. new EventEndpoints(installation.Approvals, approvals, installation.Home.AuditDirectory, time, _stopping.Token).Routes(),
        ];
        Api = new AdminApi(routes, installation.Operators, time);
        _notifier = new ApprovalNotifier(
            installation.Approvals, firewall.Options.Notifications, () => firewall.ClientForUs(firewall.Options.Notifications.WebhookMayBePrivate), time, loggers.CreateLogger<ApprovalNotifier>());
        _pruning = time.CreateTimer(static desk => ((ApprovalDesk)desk!).Prune(), installation.Approvals, TimeSpan.Zero, PruneInterval);
    }

    public AdminApi Api { get; }

    /// <summary>Null where the listener may start; else one sentence that says why not.</summary>
    /// <param name="certificate">Null on loopback, where none is named.</param>
    public static string? Prepare(FirewallOptions options, out X509Certificate2? certificate)
    {
        certificate = null;
        if (options.Notifications.Problem is { } problem)
        {
            return problem;
        }

        if (options.AdminApi.TlsFiles.Count == 0)
        {
            return IPAddress.IsLoopback(options.Admin.Address)
                ? null
                : $"The admin plane does not listen on {options.Admin} without TLS: tokens would pass in the clear. Name a certificate and its key in admin.tls, or listen on loopback.";
        }

        if (options.AdminApi.TlsFiles is not [var certificateFile, var keyFile])
        {
            return "admin.tls names two files: the certificate and its key, both PEM.";
        }

        try
        {
            certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return "The certificate or the key that admin.tls names cannot be read, or they do not belong together.";
        }
    }

    public static AdminPlane Start(Installation installation, Firewall firewall, ApprovalOperations approvals, ControlDispatcher dispatcher, TimeProvider time, ILoggerFactory loggers) =>
        new(installation, firewall, approvals, dispatcher, time, loggers);

    /// <summary>Ends what is open without an end, so that the listener can close.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose()
    {
        _pruning.Dispose();
        _notifier.Dispose();
        _decisions.Dispose();
        _stopping.Dispose();
    }
}
