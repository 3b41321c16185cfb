using System.Net;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>An agent cannot use the proxy to reach what only this machine or its network can reach.</summary>
public sealed class AddressTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("localhost")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("metadata.google.internal")]
    [InlineData("metadata")]
    public async Task PlainHttp_AddressOfThisNetwork_IsRefused(string host)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var response = await client.RequestAsync("GET", $"http://{host}/latest/meta-data/", host, default, Firewall.ProxyAuthorization);

        AssertDenied(response);
    }

    [Theory]
    [InlineData("[::1]")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:a9fe:a9fe]")]
    [InlineData("[64:ff9b::7f00:1]")]
    [InlineData("[2002:7f00:1::1]")]
    [InlineData("[fe80::1]")]
    [InlineData("[fc00::1]")]
    [InlineData("[fd00:ec2::254]")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.1.")]
    public async Task PlainHttp_OtherSpellingOfAnAddress_IsRefused(string host)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var response = await client.RequestAsync("GET", $"http://{host}/", host, default, Firewall.ProxyAuthorization);

        Assert.True(response.Status is 400 or 403, $"The status is {response.Status}.");
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Tunnel_LoopbackAddress_IsRefusedInside()
    {
        await using var client = await Firewall.TunnelAsync("127.0.0.1");

        AssertDenied(await client.RequestAsync("GET", "/", "127.0.0.1"));
    }

    [Fact]
    public async Task Tunnel_OtherPortOfAListedHost_IsRefusedInside()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:8443", Firewall.Credentials)).Status);
        await client.StartTlsAsync(Hosts.Tool, Firewall.CaPem);

        var response = await client.RequestAsync("GET", "/", $"{Hosts.Tool}:8443");

        Assert.Equal(403, response.Status);
        Assert.Contains("host_denied", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task OwnListeners_OnAnyAddress_AreRefused()
    {
        foreach (var listener in new[] { Firewall.Proxy, Firewall.Admin })
        {
            foreach (var host in new[] { "127.0.0.1", "localhost", Dns.GetHostName() })
            {
                await using var client = await RawClient.DialAsync(Firewall.Proxy);
                var response = await client.RequestAsync("GET", $"http://{host}:{listener.Port}/healthz", $"{host}:{listener.Port}", default, Firewall.ProxyAuthorization);
                Assert.InRange(response.Status, 400, 502);
                Assert.NotEqual("ok", response.Text);
            }
        }
    }

    private void AssertDenied(RawResponse response)
    {
        Assert.Equal(403, response.Status);
        Assert.Contains("destination_ip_prohibited", response.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }
}
