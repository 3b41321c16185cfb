using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>Who may use the proxy at all. 407 is the one refusal that CONNECT itself gets: git and .NET wait for it before they send credentials.</summary>
public sealed class AuthenticationTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData(null)]
    [InlineData("agent:wrong")]
    [InlineData("nobody:wrong")]
    [InlineData(":")]
    [InlineData("agent")]
    public async Task Connect_WithoutRightCredentials_Gets407WithAChallenge(string? credentials)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var response = await client.ConnectAsync($"{Hosts.Tool}:443", credentials);

        Assert.Equal(407, response.Status);
        Assert.StartsWith("Basic realm=", response.Header("Proxy-Authenticate"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer abc")]
    [InlineData("Basic !!!")]
    [InlineData("Basic")]
    public async Task Connect_WithOtherScheme_Gets407(string value)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync($"CONNECT {Hosts.Tool}:443 HTTP/1.1\r\nHost: {Hosts.Tool}:443\r\nProxy-Authorization: {value}\r\n\r\n");

        Assert.Equal(407, (await client.ReadResponseAsync("CONNECT")).Status);
    }

    [Fact]
    public async Task PlainHttp_WithoutCredentials_Gets407AndNothingIsForwarded()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var response = await client.RequestAsync("GET", $"http://{Hosts.Unlisted}/thing", Hosts.Unlisted);

        Assert.Equal(407, response.Status);
        Assert.StartsWith("Basic realm=", response.Header("Proxy-Authenticate"), StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task PlainHttp_CredentialsOnTheSecondRequestOnly_EachRequestIsAskedAnew()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var first = await client.RequestAsync("GET", $"http://{Hosts.Unlisted}/1", Hosts.Unlisted, default, Firewall.ProxyAuthorization);
        var second = await client.RequestAsync("GET", $"http://{Hosts.Unlisted}/2", Hosts.Unlisted);

        Assert.Equal((200, 407), (first.Status, second.Status));
    }

    [Fact]
    public async Task Connect_AfterTheAgentWasRemoved_Gets407()
    {
        var credentials = Firewall.AddAgent("short-lived");
        await using (var client = await RawClient.DialAsync(Firewall.Proxy))
        {
            Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:443", credentials)).Status);
        }

        Firewall.RemoveAgent("short-lived");
        await using var again = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(407, (await again.ConnectAsync($"{Hosts.Tool}:443", credentials)).Status);
    }
}
