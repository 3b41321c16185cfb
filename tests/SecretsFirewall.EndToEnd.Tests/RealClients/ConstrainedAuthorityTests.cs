using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Interception;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>An agent whose own authority is constrained to one host: its clients believe that one and no other.</summary>
public sealed class ConstrainedAuthorityTests(ConstrainedAuthorityTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<ConstrainedAuthorityTests.Fixture>
{
    private const int CurlPeerFailedVerification = 60;

    [ClientTheory(Client.Curl)]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_HostWithin_IsBelieved(string version)
    {
        var result = await CurlAsync(version, $"https://{Hosts.Tool}/thing");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal("/thing", Upstream.Single.Target);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_HostBeyond_IsRejectedByTheClientAndAudited()
    {
        Firewall.MarkAudit();

        var result = await CurlAsync($"https://{Hosts.OpenAi}/thing");

        Assert.Equal(CurlPeerFailedVerification, result.ExitCode);
        Assert.Contains("permitted subtree violation", result.ErrorText, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
        var record = await Firewall.AuditAsync(static one => one.Type == AuditTypes.ClientRejectedCa);
        Assert.Contains("does not vouch", record.Detail, StringComparison.Ordinal);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_HostBeyondWithoutVerifying_IsRefusedInsideAndToldWhy()
    {
        var result = await CurlAsync("--insecure", "-w", "%{http_code}", $"https://{Hosts.Unlisted}/thing");

        Assert.EndsWith("403", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("host_denied", result.Text, StringComparison.Ordinal);
        Assert.Contains("sfw ca renew --agent NAME", result.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [ClientFact(Client.PythonRequests)]
    public async Task Requests_HostWithin_IsBelievedAndBeyondIsNot()
    {
        var (_, lines) = await JsonClient.RunAsync(Client.PythonRequests, "requests_client.py", Firewall.ClientEnvironment, new JsonObject { ["url"] = $"https://{Hosts.Tool}/thing" });
        Assert.Equal(200, (int?)Assert.Single(lines)["status"]);

        await using var beyond = JsonClient.Start(Client.PythonRequests, "requests_client.py", Firewall.ClientEnvironment);
        var result = await beyond.FinishAsync(Encoding.UTF8.GetBytes(new JsonObject { ["url"] = $"https://{Hosts.OpenAi}/thing" }.ToJsonString()));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("permitted subtree violation", result.ErrorText, StringComparison.Ordinal);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task OtherAgent_TrustsTheInstallationsAuthority()
    {
        Assert.NotNull(Firewall.AuthorityOfTheAgent.Constraints);
        await using var client = await RawClient.TunnelAsync(Firewall.Proxy, File.ReadAllText(new FirewallHome(Firewall.HomeFolder).CaCertificate), Hosts.OpenAi, Firewall.AddAgent("another"));

        Assert.Equal(200, (await client.RequestAsync("GET", "/v1/models", Hosts.OpenAi)).Status);
    }

    private Task<ClientResult> CurlAsync(params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Curl), ["-sS", "--max-time", "30", .. arguments], Firewall.ClientEnvironment);

    public sealed class Fixture : FirewallFixture
    {
        private protected override void PrepareHome(FirewallHome home) =>
            Installation.CreateAuthority(home.AuthorityOf(AgentName), TimeProvider.System, NameConstraints.For([Hosts.Tool]));
    }
}
