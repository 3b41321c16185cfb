using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>Ways around inside a tunnel, before and beside HTTP: each is refused, recorded, and the upstream receives nothing.</summary>
public sealed class TunnelTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("GET /thing HTTP/1.1\r\nHost: slack.com\r\n\r\n", 421, "host_mismatch")]
    [InlineData("GET http://slack.com/thing HTTP/1.1\r\nHost: slack.com\r\n\r\n", 421, "host_mismatch")]
    [InlineData("GET https://www.example.net/thing HTTP/1.1\r\nHost: www.example.net\r\n\r\n", 400, "malformed_request")]
    [InlineData("CONNECT www.example.net:443 HTTP/1.1\r\nHost: www.example.net:443\r\n\r\n", 403, "bypass_attempt")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: www.example.net\r\n\r\n", 403, "bypass_attempt")]
    public async Task ClearSocksTunnel_AnythingButRequestsToItsOwnHost_IsRefused(string head, int status, string code)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(0, await client.SocksAsync(Hosts.Unlisted, 80, Firewall.Credentials));

        await client.SendAsync(head);
        var response = await client.ReadResponseAsync();

        Assert.Equal(status, response.Status);
        Assert.Contains(code, response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task ClearSocksTunnel_AbsoluteTargetWithAnotherHostField_ReachesTheUpstreamWithTheTargetsHost()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(0, await client.SocksAsync(Hosts.Unlisted, 80, Firewall.Credentials));

        Assert.Equal(200, (await client.RequestAsync("GET", $"http://{Hosts.Unlisted}/thing", Hosts.Http1Tool)).Status);
        Assert.Equal(("/thing", Hosts.Unlisted), (Upstream.Single.Target, Upstream.Single.Header("Host"))); // RFC 9112 section 3.2.2
    }

    [Fact]
    public async Task ClearSocksTunnel_BaseUrlInside_IsAnOrdinaryPath()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(0, await client.SocksAsync(Hosts.Unlisted, 80, Firewall.Credentials));

        Assert.Equal(200, (await client.RequestAsync("GET", "/@openai/v1/models", Hosts.Unlisted)).Status);
        Assert.Equal(("/@openai/v1/models", Hosts.Unlisted), (Upstream.Single.Target, Upstream.Single.Authority));
    }

    [Fact]
    public async Task ClearSocksTunnel_ReferenceOfABoundHost_IsNotBoundInTheClear()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Unlisted, "Authorization", "Bearer {}");
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(0, await client.SocksAsync(Hosts.Unlisted, 80, Firewall.Credentials));

        var response = await client.RequestAsync("GET", "/thing", Hosts.Unlisted, default, $"Authorization: Bearer {canary.Reference}");

        Assert.Equal(403, response.Status);
        Assert.Empty(Upstream.Connections);
        AssertNowhere([canary], response.Body);
    }

    [Theory]
    [InlineData("2130706433", "127.0.0.1")]
    [InlineData("0x7f.1", "127.0.0.1")]
    [InlineData("0177.0.0.1", "127.0.0.1")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1")]
    [InlineData("[::ffff:a9fe:a9fe]", "169.254.169.254")]
    [InlineData("LOCALHOST", "localhost")]
    [InlineData("Metadata.Google.Internal.", "metadata.google.internal")]
    public async Task Tunnel_AnySpellingOfAnAddressOfThisNetwork_IsRefusedInsideHoweverItIsOpened(string spelling, string host)
    {
        foreach (var socks in new[] { false, true })
        {
            await using var client = await RawClient.DialAsync(Firewall.Proxy);
            if (socks)
            {
                Assert.Equal(0, await client.SocksAsync(spelling, 443, Firewall.Credentials));
            }
            else
            {
                Assert.Equal(200, (await client.ConnectAsync($"{spelling}:443", Firewall.Credentials)).Status);
            }

            await client.StartTlsAsync(host, Firewall.CaPem);
            var response = await client.RequestAsync("GET", "/", host.Contains(':') ? $"[{host}]" : host);

            Assert.Equal(403, response.Status);
            Assert.Contains("host_denied", response.Text, StringComparison.Ordinal);
        }

        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task SocksTunnel_ToOurOwnListeners_IsRefused()
    {
        foreach (var listener in new[] { Firewall.Proxy, Firewall.Admin })
        {
            foreach (var host in new[] { "127.0.0.1", "localhost", "0x7f.1" })
            {
                await using var client = await RawClient.DialAsync(Firewall.Proxy);
                Assert.Equal(0, await client.SocksAsync(host, listener.Port, Firewall.Credentials));

                var named = host == "0x7f.1" ? "127.0.0.1" : host;
                var response = await client.RequestAsync("GET", "/healthz", $"{named}:{listener.Port}");

                Assert.Equal(403, response.Status);
            }
        }
    }

    [Fact]
    public async Task Tunnel_SecondConnectInside_IsClosedAndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:443", Firewall.Credentials)).Status);

        await client.SendAsync($"CONNECT {Hosts.Http1Tool}:443 HTTP/1.1\r\n{Firewall.ProxyAuthorization}\r\n\r\n");

        Assert.True(await client.IsClosedAsync());
        Assert.Equal("bypass_attempt", (await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt)).Code);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Tunnel_SecondConnectInsideTheIntercepted_IsRefusedAndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync($"CONNECT {Hosts.Tool}:443 HTTP/1.1\r\nHost: {Hosts.Tool}:443\r\n\r\n");

        Assert.Equal(403, (await client.ReadResponseAsync()).Status);
        Assert.Equal("bypass_attempt", (await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt)).Code);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Tunnel_TlsWithoutServerName_IsInterceptedUnderTheTunnelsName()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:443", Firewall.Credentials)).Status);
        await client.StartTlsWithoutNameAsync(Hosts.Tool, Firewall.CaPem);

        Assert.Equal(421, (await client.RequestAsync("GET", "/thing", Hosts.Http1Tool)).Status);
        Assert.Empty(Upstream.Connections);
        Assert.Equal(200, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
        Assert.Equal(Hosts.Tool, Upstream.Single.Authority);
    }

    /// <summary>By hand: this machine's TLS stack no longer offers it.</summary>
    [Fact]
    public async Task Tunnel_TlsBelow12_IsRefusedAndRecorded()
    {
        Firewall.MarkAudit();
        byte[] body = [3, 2, .. new byte[32], 0, 0, 2, 0xc0, 0x13, 1, 0];
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:443", Firewall.Credentials)).Status);

        await client.SendAsync((byte[])[22, 3, 1, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body]);

        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt);
        Assert.Contains("TLS from 1.2", record.Detail, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Tunnel_MalformedHello_IsClosedAndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(0, await client.SocksAsync(Hosts.Tool, 443, Firewall.Credentials));

        await client.SendAsync((byte[])[22, 3, 1, 0, 4, 2, 0, 0, 0]);

        Assert.True(await client.IsClosedAsync());
        Assert.Contains("no ClientHello", (await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt)).Detail, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Proxy_TlsToItself_IsClosedAndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync((byte[])[22, 3, 1, 0, 4, 1, 0, 0, 0]);

        Assert.True(await client.IsClosedAsync());
        Assert.Contains("TLS to the proxy itself", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Tunnel)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_MalformedConnect_IsRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync("CONNECT user@api.github.com:443 HTTP/1.1\r\n\r\n");

        Assert.Equal(400, (await client.ReadResponseAsync()).Status);
        Assert.Equal("malformed_request", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Tunnel)).Code);
    }

    [Fact]
    public async Task Socks_UdpAssociate_IsRefusedAndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        var (name, token) = (Firewall.Credentials.Split(':')[0], Firewall.Credentials.Split(':')[1]);

        await client.SendAsync((byte[])
        [
            5, 1, 2, 1, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), (byte)token.Length, .. System.Text.Encoding.ASCII.GetBytes(token),
            5, 3, 0, 1, 0, 0, 0, 0, 0, 0,
        ]);

        Assert.Equal((AuditTypes.BypassAttempt, FirewallFixture.AgentName), await RecordAsync());

        async Task<(string, string?)> RecordAsync()
        {
            var record = await Firewall.AuditAsync(record => record.Code == "bypass_attempt");
            return (record.Type, record.Agent);
        }
    }
}
