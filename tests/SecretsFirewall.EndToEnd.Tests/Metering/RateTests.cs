using System.Globalization;
using System.Text;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>Agents that ask too often, or for too much at once.</summary>
public sealed class RateTests(RateTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<RateTests.Fixture>
{
    [Fact]
    public async Task AgentThatAsksTooOften_IsTold429AndWhenToAskAgain_OthersAreNot()
    {
        var (loud, quiet) = (Firewall.AddAgent("loud"), Firewall.AddAgent("quiet"));
        for (var i = 0; i < Fixture.Burst; i++)
        {
            Assert.Equal(200, (await GetAsync(loud)).Status);
        }

        var refused = await GetAsync(loud);

        Assert.Equal(429, refused.Status);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
        Assert.Contains("rate_limited", refused.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await GetAsync(quiet)).Status);
    }

    [Fact]
    public async Task AgentWithTooManyModelCallsUnderWay_IsTold429_UntilOneIsOver()
    {
        var agent = Firewall.AddAgent("many");
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, Prompts.MessagesStart, Prompts.MessagesEnd));
        await using var first = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Anthropic, agent);
        var underWay = first.RequestAsync("POST", Prompts.MessagesPath, Hosts.Anthropic, Encoding.UTF8.GetBytes(Prompts.Messages("Hi", stream: true)), ["Content-Type: application/json"]);
        await Upstream.NextAsync();

        var refused = await PostAsync(agent);
        gate.Open();
        Assert.Equal(200, (await underWay).Status);
        await Firewall.AuditAsync(record => record is { Type: "outcome", Agent: "many", Usage: not null });

        Assert.Equal((429, "1"), (refused.Status, refused.Header("Retry-After")));
        Upstream.Reset(Answer.Json(Prompts.MessagesAnswer));
        Assert.Equal(200, (await PostAsync(agent)).Status);
    }

    private async Task<RawResponse> GetAsync(string agent)
    {
        await using var client = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, agent);
        return await client.RequestAsync("GET", "/thing", Hosts.Tool);
    }

    private async Task<RawResponse> PostAsync(string agent)
    {
        await using var client = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Anthropic, agent);
        return await client.RequestAsync("POST", Prompts.MessagesPath, Hosts.Anthropic, Encoding.UTF8.GetBytes(Prompts.Messages("Hi")), ["Content-Type: application/json"]);
    }

    public sealed class Fixture : FirewallFixture
    {
        internal const int Burst = 5;

        private protected override FirewallOptions Configure(FirewallOptions options) => options with
        {
            Listen = options.Listen with { RatePerMinute = 1, RateBurst = Burst },
            Metering = options.Metering with { CallsPerAgent = 1 },
        };
    }
}
