using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Canaries;

/// <summary>An agent that is stopped gets nothing more, until a person lets it go on.</summary>
public sealed class KillTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Agent_SeenWithAKillingCanary_IsRefusedFromThenOnInEveryTunnelAndTheOthersGoOn()
    {
        var planted = Firewall.Plant(kills: true);
        var bob = Firewall.AddAgent("bob");
        Firewall.MarkAudit();
        await using var before = await Firewall.TunnelAsync(Hosts.Http1Tool);
        Assert.Equal(200, (await before.RequestAsync("GET", "/before", Hosts.Http1Tool)).Status);

        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var sighted = await client.RequestAsync("GET", $"/thing?key={planted.Value}", Hosts.Http1Tool);
        Assert.Equal(403, sighted.Status);
        Assert.DoesNotContain("killed", sighted.Text, StringComparison.Ordinal);

        await AssertKilledAsync(before, Hosts.Http1Tool);
        await using (var after = await Firewall.TunnelAsync(Hosts.Http1Tool))
        {
            await AssertKilledAsync(after, Hosts.Http1Tool);
        }

        await using (var others = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Http1Tool, bob))
        {
            Assert.Equal(200, (await others.RequestAsync("GET", "/others", Hosts.Http1Tool)).Status);
        }

        var killed = await Firewall.AuditAsync(record => record.Type == AuditTypes.Killed);
        Assert.Equal(FirewallFixture.AgentName, killed.Agent);
        Assert.Equal(["/before", "/others"], Http1Upstream.Requests.Select(request => request.Target));
        Firewall.Revive(FirewallFixture.AgentName);
        await using var revived = await Firewall.TunnelAsync(Hosts.Http1Tool);
        Assert.Equal(200, (await revived.RequestAsync("GET", "/after", Hosts.Http1Tool)).Status);
        Firewall.RemoveAgent("bob");
    }

    [Fact]
    public async Task StoppedAgent_AtAModel_IsRefusedInTheProvidersShape()
    {
        Firewall.Kill(FirewallFixture.AgentName);
        await using var client = await Firewall.TunnelAsync(Hosts.Anthropic);

        var response = await client.RequestAsync(
            "POST", Prompts.MessagesPath, Hosts.Anthropic, Encoding.UTF8.GetBytes(Prompts.Messages("Hello")), "Content-Type: application/json");
        Firewall.Revive(FirewallFixture.AgentName);

        Assert.Equal(400, response.Status);
        Assert.Contains("stopped", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task AgentStopped_WhileItsRequestIsRead_IsRefused()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: application/json\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await client.Reader.ReadHeadAsync()).Status); // its body is being waited for

        Firewall.Kill(FirewallFixture.AgentName);
        await client.SendAsync("{\"a\":\"bcd\"}");
        var response = await client.ReadResponseAsync("POST");
        Firewall.Revive(FirewallFixture.AgentName);

        Assert.Equal(403, response.Status);
        Assert.Contains("killed", response.Text, StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
    }

    private static async Task AssertKilledAsync(RawClient client, string host)
    {
        var response = await client.RequestAsync("GET", "/thing", host);
        Assert.Equal(403, response.Status);
        Assert.Contains("\"killed\"", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("honey", response.Text, StringComparison.Ordinal);
    }
}
