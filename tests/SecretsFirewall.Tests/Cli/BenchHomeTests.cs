using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Tests.Cli;

public sealed class BenchHomeTests : IDisposable
{
    private static readonly PolicyFilesReply NoBundle = new(null, []);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_ConfigurationThatReachesOut_IsNotTakenOver()
    {
        var installed = Installed("""
            {
              // as an operator writes it
              "listen": { "proxy": "127.0.0.1:8888" },
              "upstream": { "hosts": { "api.github.com:443": "192.0.2.1:443" } },
              "anchor": { "url": "https://witness.example" },
              "telemetry": { "metrics": true },
              "limits": { "rate_per_minute": 1, "requests_per_agent": 2, "buffer": "2MiB", "session": { "requests": 1 } },
              "audit": { "durability": "intent" }
            }
            """);

        var options = await OptionsAsync(installed);

        Assert.All(options.Upstream.Hosts.Values, static address => Assert.Equal("127.0.0.1:1", address.ToString()));
        Assert.Equal((0, 20_000), (options.Listen.RatePerMinute, options.Listen.RequestsPerAgent));
        Assert.Equal((0, 2 << 20), (options.Sessions.Limits.Requests, options.Enforcement.BufferBytes));
        Assert.Equal(AuditDurability.Intent, options.Audit.Durability);
        Assert.Null(options.Anchors.Url);
        Assert.False(options.Telemetry.OpenMetrics);
        Assert.NotEqual(8888, options.Listen.Proxy.Port);
    }

    [Fact]
    public async Task ConfigHash_SameSettings_IsTheSameWhateverThePorts()
    {
        var basis = Basis(Installed("""{ "limits": { "buffer": "2MiB" } }"""));

        Assert.Equal((await PrepareAsync(basis, "a")).ConfigHash, (await PrepareAsync(basis, "b")).ConfigHash);
    }

    [Fact]
    public async Task ConfigHash_AnotherSettingOrPolicy_IsAnother()
    {
        var plain = (await PrepareAsync(Basis(Installed("{}")), "a")).ConfigHash;
        var other = (await PrepareAsync(Basis(Installed("""{ "limits": { "buffer": "2MiB" } }""")), "b")).ConfigHash;
        var home = Installed("{}");
        Directory.CreateDirectory(Path.Combine(home.PolicyDirectory, "default"));
        await File.WriteAllTextAsync(Path.Combine(home.PolicyDirectory, "default", "local.json"), "{}");
        var policy = (await PrepareAsync(Basis(home), "c")).ConfigHash;

        Assert.Equal(3, new[] { plain, other, policy }.Distinct().Count());
    }

    [Fact]
    public void HostsOf_ShippedPolicy_AreTheUsualOnes()
    {
        var home = Installed("{}");
        ShippedPolicies.Write(home.PolicyDirectory, "default");

        Assert.Equal(BenchHosts.Default, InstalledBasis.HostsOf(Basis(home), TimeProvider.System));
    }

    [Fact]
    public void HostsOf_PolicyThatRefusesTheUsualTool_NamesAnother()
    {
        var home = Installed("{}");
        ShippedPolicies.Write(home.PolicyDirectory, "default");
        File.WriteAllText(Path.Combine(home.PolicyDirectory, "default", "local.json"), """
            {
              "schema": "policy/v1",
              "rules": [{ "id": "no-hub", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.github.com" }, "path": { "eq": "/selftest" } }, "reason": "Not here." }]
            }
            """);

        var hosts = InstalledBasis.HostsOf(Basis(home), TimeProvider.System);

        Assert.Equal("github.com", hosts.Tool);
        Assert.Equal(BenchHosts.Default.Model, hosts.Model);
    }

    private FirewallHome Installed(string config)
    {
        var home = new FirewallHome(Path.Combine(_folder.Path, Guid.NewGuid().ToString("N")));
        Assert.Null(home.Prepare());
        File.WriteAllText(home.ConfigFile, config);
        return home;
    }

    private static BenchBasis Basis(FirewallHome from)
    {
        var basis = InstalledBasis.Of(from, NoBundle, out var problem);
        Assert.Equal("", problem);
        return basis!;
    }

    private Task<BenchHome> PrepareAsync(BenchBasis basis, string name) => BenchHome.PrepareAsync(
        new BenchOptions { Secrets = 0 }, basis, _folder.Path, name, new Listening("127.0.0.1:1", Authority()));

    private async Task<FirewallOptions> OptionsAsync(FirewallHome installed)
    {
        var prepared = await PrepareAsync(Basis(installed), "bench");
        var loaded = new ConfigurationLoader(prepared.Files, prepared.Variables, ConfigurationLoader.NoFlags).Load();
        Assert.Empty(loaded.Errors);
        return loaded.Options!;
    }

    private string Authority()
    {
        var file = Path.Combine(_folder.Path, "upstream-ca.pem");
        File.WriteAllText(file, "");
        return file;
    }
}
