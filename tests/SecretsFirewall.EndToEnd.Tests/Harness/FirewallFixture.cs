using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Pins;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Vault;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>
/// The product, running in this process on a new home under the default policy, with one agent and two upstreams: one that speaks HTTP/2,
/// and one that speaks HTTP/1.1 only.
/// </summary>
public class FirewallFixture : IAsyncLifetime
{
    internal const string AgentName = "agent";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sfw-e2e-");
    private readonly TestAuthority _authority = new();
    private FirewallHome _home = null!;
    private Installation _installation = null!;
    private AuditLog _audit = null!;
    private Firewall _firewall = null!;
    private ILoggerFactory _loggers = null!;
    private string _token = "";

    internal RecordingUpstream Upstream { get; private set; } = null!;

    internal RecordingUpstream Http1Upstream { get; private set; } = null!;

    internal TestAuthority Authority => _authority;

    internal IPEndPoint Proxy => _firewall.ProxyEndPoint;

    internal IPEndPoint Admin { get; } = new(IPAddress.Loopback, 8889);

    internal string HomeFolder => _home.Root;

    /// <summary>The authority that the agent trusts.</summary>
    internal string CaPem => _installation.Authorities.For(AgentName).CertificatePem;

    internal CertificateAuthority AuthorityOfTheAgent => _installation.Authorities.For(AgentName);

    /// <summary><c>agent:token</c>.</summary>
    internal string Credentials => $"{AgentName}:{_token}";

    /// <summary>The header field that carries them.</summary>
    internal string ProxyAuthorization => $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(Credentials))}";

    /// <summary>The field that carries them where no proxy is spoken to.</summary>
    internal string TokenField => $"X-SFW-Token: {Credentials}";

    /// <summary>What <c>sfw exec</c> would set.</summary>
    internal IReadOnlyDictionary<string, string> ClientEnvironment { get; private set; } = new Dictionary<string, string>();

    public virtual async Task InitializeAsync()
    {
        Upstream = await RecordingUpstream.StartAsync(_authority);
        Http1Upstream = await RecordingUpstream.StartAsync(_authority, HttpProtocols.Http1);
        _home = new FirewallHome(Path.Combine(_root.FullName, "home"));
        var upstreamCa = Path.Combine(_root.FullName, "upstream.pem");
        await File.WriteAllTextAsync(upstreamCa, _authority.Pem);
        var options = Configure(new FirewallOptions
        {
            Listen = new ListenerOptions { Proxy = new IPEndPoint(IPAddress.Loopback, 0) },
            Upstream = new ForwardingOptions { CaFiles = [upstreamCa], Hosts = UpstreamHosts() },
            Admin = Admin,
        });

        Assert.Null(_home.Prepare());
        PrepareHome(_home);
        _loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("SecretsFirewall", LogLevel.Trace)
            .AddProvider(new FileLoggerProvider(Path.Combine(_home.LogDirectory, "test.log"))));
        _installation = Installation.TryOpen(_home, options.Interception, TimeProvider.System, _loggers, out var problem)
            ?? throw new InvalidOperationException(problem);
        _token = _installation.Agents.Add(AgentName, level: 1);
        _audit = AuditLog.Open(Configure(new AuditOptions { Directory = _home.AuditDirectory }), AuditTime, _loggers.CreateLogger<AuditLog>());
        _firewall = await Firewall.StartAsync(_installation, options, _audit, OpenPolicy(), TimeProvider.System, _loggers, CancellationToken.None, Resolver);
        ClientEnvironment = MakeClientEnvironment();
    }

    public virtual async Task DisposeAsync()
    {
        await _firewall.DisposeAsync();
        _audit.Dispose();
        _installation.Dispose();
        _loggers.Dispose();
        await Upstream.DisposeAsync();
        await Http1Upstream.DisposeAsync();
        _authority.Dispose();
        _root.Delete(recursive: true);
    }

    /// <summary>A new secret in the vault, found from the next request on.</summary>
    internal Canary Register(CanaryShape shape = CanaryShape.Token)
    {
        var canary = Canary.Make(shape);
        Assert.Equal(VaultError.None, _installation.Vault.Add(SecretName.Create(canary.Name), canary.Bytes, weak: false));
        return canary;
    }

    internal IReadOnlyList<Canary> RegisterMany(IEnumerable<Canary> canaries)
    {
        var all = canaries.ToList();
        var answers = _installation.Vault.AddAll([.. all.Select(canary => new NewSecret(SecretName.Create(canary.Name), canary.Bytes, false))]);
        Assert.All(answers, answer => Assert.Equal(VaultError.None, answer));
        return all;
    }

    internal void BindHeader(Canary canary, string host, string header, string format) => Bind(canary, host, BindingPlace.Header, header, format);

    internal void Bind(
        Canary canary, string host, BindingPlace place, string key, string format = "{}", string? agent = null, IReadOnlyList<string>? methods = null, string? pathPrefix = null)
    {
        var binding = new SecretBinding("", SecretName.Create(canary.Name), agent, host, 443, methods ?? [], pathPrefix, place, key, format, MaxOccurrences: 1);
        Assert.Equal(VaultError.None, _installation.Vault.Bind(binding));
    }

    /// <summary>A new value for a registered name; the canary that is given back has the same name.</summary>
    internal Canary Rotate(Canary old, TimeSpan keepFor)
    {
        var canary = Canary.Make(name: old.Name);
        Assert.Equal(VaultError.None, _installation.Vault.Rotate(SecretName.Create(old.Name), canary.Bytes, weak: false, keepFor));
        return canary;
    }

    /// <summary>Plants a value that must not be seen anywhere.</summary>
    internal Canary Plant(bool kills = false, CanaryShape shape = CanaryShape.Token)
    {
        var planted = Canary.Make(shape, $"honey_{Guid.NewGuid():n}");
        Assert.Equal(VaultError.None, _installation.Vault.AddCanary(SecretName.Create(planted.Name), planted.Bytes, kills));
        return planted;
    }

    /// <summary>What <c>sfw secrets captured</c> shows.</summary>
    internal IReadOnlyList<CapturedSummary> Captured() => _firewall.Captured.List();

    /// <summary>What <c>sfw secrets adopt</c> does.</summary>
    internal VaultError Adopt(string captured, string name) =>
        _firewall.Captured.Adopt(SecretName.Create(captured), SecretName.Create(name), _installation.Vault, weak: false);

    /// <summary>Where questions to people wait.</summary>
    internal ApprovalDesk Approvals => _installation.Approvals;

    /// <summary>What <c>sfw usage</c> and <c>sfw budget</c> ask.</summary>
    internal Meter Meter => _installation.Meter;

    /// <summary>Those of the policy.</summary>
    internal IReadOnlyList<Budget> Budgets => _firewall.Policy.Current.Budgets;

    internal void Kill(string agent) => Kill(KillScope.Agent, agent);

    internal void Revive(string agent) => Unkill(KillScope.Agent, agent);

    internal AgentSessions Sessions => _firewall.AgentSessions;

    internal ResourceLocks Locks => _firewall.Locks;

    internal KillSwitch Kills => _installation.Kills;

    internal void Kill(KillScope scope, string name = "", bool subdomains = false) =>
        Assert.Equal(KillError.None, _installation.Kills.TryKill(scope, name, "A test stopped it.", "a test", subdomains));

    internal void Unkill(KillScope scope, string name = "") => Assert.Equal(KillError.None, _installation.Kills.TryUnkill(scope, name, "a test"));

    /// <summary>Adds another agent; gives its credentials.</summary>
    internal string AddAgent(string name) => $"{name}:{_installation.Agents.Add(name, level: 1)}";

    /// <summary>Writes a file of the policy and takes it; gives what is wrong with it.</summary>
    internal IReadOnlyList<string> ChangePolicy(string name, string text)
    {
        WritePolicyFile(name, text);
        return [.. _firewall.Policy.Reload().Select(error => error.ToString())];
    }

    /// <summary>What <c>sfw mcp</c> shows and changes.</summary>
    internal ToolPinBook ToolPins => _installation.ToolPins;

    internal OpaqueCounts OpaqueCountsOf(string rule) => _firewall.OpaqueTunnels.CountsOf(rule);

    /// <summary>What <c>sfw status</c> says about entries that have expired.</summary>
    internal string? ExpiredIgnores => _firewall.ExpiredIgnores();

    internal int RuleCount => _firewall.RuleCount;

    /// <summary>The name that the firewall has in <c>Via</c>.</summary>
    internal string Pseudonym => _firewall.Pseudonym;

    internal void RemoveAgent(string name) => Assert.True(_installation.Agents.Remove(name));

    /// <summary>A raw client inside TLS in a tunnel to <paramref name="host"/>.</summary>
    internal Task<RawClient> TunnelAsync(string host) => RawClient.TunnelAsync(Proxy, CaPem, host, Credentials);

    internal HttpClient CreateHttpClient(Version version) => HttpClients.Create(Proxy, new NetworkCredential(AgentName, _token), CaPem, version);

    /// <summary>Every record so far.</summary>
    internal IReadOnlyList<AuditEntry> Audit() => [.. AuditReader.Read(_home.AuditDirectory)];

    /// <summary>Checks the chain.</summary>
    internal AuditVerification VerifyAudit() => AuditReader.Verify(_home.AuditDirectory);

    /// <summary>Waits for a record, from the last <see cref="MarkAudit"/> on.</summary>
    internal async Task<AuditRecord> AuditAsync(Func<AuditRecord, bool> matches)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        await foreach (var entry in AuditReader.FollowAsync(_home.AuditDirectory, AuditFilter.All, _mark, TimeProvider.System, patience.Token))
        {
            if (matches(entry.Record))
            {
                return entry.Record;
            }
        }

        throw new TimeoutException("No such record was written.");
    }

    /// <summary>From here on counts what <see cref="AuditAsync"/> finds.</summary>
    internal void MarkAudit() => _mark = AuditReader.LastSequence(_home.AuditDirectory);

    private long _mark;

    /// <summary>Puts into the new home what is to be found there.</summary>
    private protected virtual void PrepareHome(FirewallHome home)
    {
    }

    private protected virtual FirewallOptions Configure(FirewallOptions options) => options;

    private protected virtual AuditOptions Configure(AuditOptions options) => options;

    /// <summary>The log's clock.</summary>
    private protected virtual TimeProvider AuditTime => TimeProvider.System;

    internal string AuditFolder => _home.AuditDirectory;

    /// <summary>Who answers for names that <see cref="UpstreamHosts"/> does not lead anywhere; null for the system.</summary>
    private protected virtual NameResolver? Resolver => null;

    private protected virtual IReadOnlyDictionary<string, string> UpstreamHosts() => Hosts.All
        .SelectMany(host => new[] { (host, 443, (host == Hosts.Http1Tool ? Http1Upstream : Upstream).TlsPort), (host, 80, Upstream.PlainPort) })
        .ToDictionary(entry => $"{entry.host}:{entry.Item2}", entry => $"127.0.0.1:{entry.Item3}");

    /// <summary>Files that an operator adds to the policy: names below its folder, and what is in them.</summary>
    private protected virtual IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>();

    private protected virtual IReadOnlyList<DetectionRule> MoreRules() => [];

    private ActivePolicy OpenPolicy()
    {
        ActivePolicy.WriteShipped(_home.PolicyDirectory, "default");
        foreach (var (name, text) in PolicyFiles())
        {
            WritePolicyFile(name, text);
        }

        var policy = ActivePolicy.Open(_home.PolicyDirectory, "default", _loggers.CreateLogger<ActivePolicy>(), MoreRules());
        Assert.Empty(policy.Errors);
        return policy;
    }

    private void WritePolicyFile(string name, string text)
    {
        var path = Path.Combine(_home.PolicyDirectory, "default", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private Dictionary<string, string> MakeClientEnvironment()
    {
        var url = $"http://{Credentials}@{Proxy}";
        var ca = Path.Combine(_root.FullName, "trust.pem");
        File.WriteAllText(ca, CaPem);
        return new Dictionary<string, string>
        {
            ["HTTPS_PROXY"] = url,
            ["https_proxy"] = url,
            ["HTTP_PROXY"] = url,
            ["http_proxy"] = url,
            ["ALL_PROXY"] = $"socks5h://{Credentials}@{Proxy}",
            ["all_proxy"] = url,
            ["NODE_USE_ENV_PROXY"] = "1",
            ["NODE_EXTRA_CA_CERTS"] = ca,
            ["SSL_CERT_FILE"] = ca,
            ["REQUESTS_CA_BUNDLE"] = ca,
            ["CURL_CA_BUNDLE"] = ca,
            ["GIT_SSL_CAINFO"] = ca,
        };
    }
}
