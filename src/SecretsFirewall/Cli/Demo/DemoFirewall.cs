using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Listener;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli.Demo;

/// <summary>A real firewall in a home of its own, without the parts that only an operator needs: no lock, no control socket, no log files.</summary>
internal sealed class DemoFirewall : IAsyncDisposable
{
    private readonly Installation _installation;
    private readonly AuditLog _audit;
    private readonly Firewall _firewall;

    private DemoFirewall(Installation installation, AuditLog audit, Firewall firewall)
    {
        _installation = installation;
        _audit = audit;
        _firewall = firewall;
    }

    public SecretVault Vault => _installation.Vault;

    public AgentDirectory Agents => _installation.Agents;

    public string CaPem => _installation.Authority.CertificatePem;

    public IPEndPoint ProxyEndPoint => _firewall.ProxyEndPoint;

    /// <exception cref="IOException">The home cannot be used; the message says why.</exception>
    public static async Task<DemoFirewall> StartAsync(FirewallHome home, FirewallOptions options, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var loggers = NullLoggerFactory.Instance;
        var installation = Installation.TryOpen(home, options.Interception, time, loggers, out var problem) ?? throw new IOException(problem);
        ActivePolicy.WriteShipped(home.PolicyDirectory, options.Policy);
        var policy = ActivePolicy.Open(home.PolicyDirectory, options.Policy, NullLogger.Instance);
        var audit = AuditLog.Open(new AuditOptions { Directory = home.AuditDirectory }, time, NullLogger.Instance);
        var firewall = await Firewall.StartAsync(installation, options, audit, policy, time, loggers, cancellationToken);
        return new DemoFirewall(installation, audit, firewall);
    }

    public async ValueTask DisposeAsync()
    {
        await _firewall.DisposeAsync();
        _audit.Dispose();
        _installation.Dispose();
    }
}
