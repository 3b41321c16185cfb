using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Exchanges;

/// <summary><c>upstream.via</c>: who has handled a message, for whoever looks for loops.</summary>
public sealed class ViaTests(ViaTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<ViaTests.Fixture>
{
    [Fact]
    public async Task Via_SwitchedOn_StandsBehindThoseOfOthersInBothDirections()
    {
        Http1Upstream.Reset(Answer.Bytes("text/plain", "ok"u8.ToArray(), ("Via", "1.0 cache")));
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Http1Tool, default, "Via: 1.1 before");

        Assert.Equal($"1.1 before, 1.1 {Firewall.Pseudonym}", Http1Upstream.Single.Header("Via"));
        Assert.Equal($"1.0 cache, 1.1 {Firewall.Pseudonym}", response.Header("Via"));
    }

    [Fact]
    public async Task Via_OfAClientOverHttp2_SaysSo()
    {
        await using var client = await RawHttp2Client.ConnectAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Http1Tool, Firewall.Credentials);

        await client.HeadersAsync(1, end: true, (":method", "GET"), (":scheme", "https"), (":authority", Hosts.Http1Tool), (":path", "/thing"));
        await client.NextAsync();

        Assert.Equal($"2 {Firewall.Pseudonym}", Http1Upstream.Single.Header("Via"));
    }

    [Fact]
    public async Task Via_WithOurOwnName_IsALoop()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        await client.RequestAsync("GET", "/thing", Hosts.Http1Tool);
        var sent = Http1Upstream.Single.Header("Via");
        Http1Upstream.Reset();

        var response = await client.RequestAsync("GET", "/thing", Hosts.Http1Tool, default, $"Via: {sent}");

        Assert.Equal(508, response.Status);
        Assert.Contains("proxy_loop_detected", response.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
    }

    public sealed class Fixture : FirewallFixture
    {
        private protected override FirewallOptions Configure(FirewallOptions options) => options with { Upstream = options.Upstream with { Via = true } };
    }
}
