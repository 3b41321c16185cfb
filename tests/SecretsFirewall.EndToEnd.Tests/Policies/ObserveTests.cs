using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Policies;

/// <summary>A policy that only observes: it decides and is recorded, and what is no policy refuses as ever.</summary>
public sealed class ObserveTests : FirewallTests, IClassFixture<FirewallFixture>
{
    public ObserveTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("observe.json", """{ "schema": "policy/v1", "mode": "observe" }"""));

    [Fact]
    public async Task RequestThatThePolicyDenies_IsForwardedAndRecordedAsUnverified()
    {
        Firewall.MarkAudit();

        await using var client = await Firewall.TunnelAsync(Hosts.Unlisted);
        var response = await client.RequestAsync("POST", "/x", Hosts.Unlisted, "hello"u8.ToArray());

        Assert.Equal(200, response.Status);
        Assert.Single(Upstream.Requests);
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal(("allow", "deny", "unlisted-write", "unverified"), (record.Outcome, record.Observed, record.Rule, record.Trust));
    }

    [Fact]
    public async Task SecretInARequest_IsMaskedAsEver()
    {
        var secret = Firewall.Register();
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat($"The key is {secret.Value}.")), "Content-Type: application/json");
        await using var tool = await Firewall.TunnelAsync(Hosts.Unlisted);
        await tool.RequestAsync("GET", $"/{secret.Value}", Hosts.Unlisted);

        Assert.Equal(2, Upstream.Requests.Count);
        AssertNowhere([secret]);
    }

    [Fact]
    public async Task AgentThatWasStopped_IsRefusedAsEver()
    {
        Firewall.Kill(FirewallFixture.AgentName);
        try
        {
            await using var client = await Firewall.TunnelAsync(Hosts.Tool);
            Assert.Contains("killed", (await client.RequestAsync("GET", "/x", Hosts.Tool)).Text, StringComparison.Ordinal);
        }
        finally
        {
            Firewall.Revive(FirewallFixture.AgentName);
        }

        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task AmbiguousPathUnderAPathRule_IsRefusedAsEver()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Git);

        Assert.Contains("bypass_attempt", (await client.RequestAsync("POST", "/team/../x.git/git-receive-pack", Hosts.Git)).Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }
}
