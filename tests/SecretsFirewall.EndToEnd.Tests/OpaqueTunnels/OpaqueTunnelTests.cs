using System.Security.Authentication;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.OpaqueTunnels;

/// <summary>Tunnels that a rule lets pass unread: to that host and port, for that time, recorded and counted, and no further.</summary>
public sealed class OpaqueTunnelTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Rule = "pinned";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rule_ItsHostAndPort_PassesUnreadAndIsRecorded(bool socks)
    {
        var canary = Firewall.Register();
        Allow(Hosts.Unlisted);
        var before = Firewall.OpaqueCountsOf(Rule);
        Firewall.MarkAudit();
        await using (var client = await OpenAsync(Hosts.Unlisted, socks))
        {
            await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem); // the upstream's own certificate: nobody is in between
            var opened = await Firewall.AuditAsync(record => record.Type == AuditTypes.TunnelOpened);
            Assert.Equal((Verdict.Unverified, Rule, "It pins."), (opened.Verdict, opened.Rule, opened.Detail));
            Assert.Equal(before.Open + 1, Firewall.OpaqueCountsOf(Rule).Open);

            Assert.Equal("ok", (await client.RequestAsync("GET", "/thing", Hosts.Unlisted, default, $"X-Note: {canary.Value}")).Text);
        }

        var closed = await Firewall.AuditAsync(record => record.Type == AuditTypes.TunnelClosed);
        Assert.Equal(canary.Value, Upstream.Single.Header("X-Note")); // as it was: unread
        Assert.Equal((Verdict.Unverified, new Destination("https", Hosts.Unlisted, 443), FirewallFixture.AgentName), (closed.Verdict, closed.Destination, closed.Agent));
        Assert.True(closed.RequestBytes > 300 && closed.ResponseBytes > 300, $"{closed.RequestBytes} and {closed.ResponseBytes} bytes are too few for a handshake.");
        Assert.Equal((before.Open, before.Total + 1), (Firewall.OpaqueCountsOf(Rule).Open, Firewall.OpaqueCountsOf(Rule).Total));
        Assert.DoesNotContain(Firewall.Audit(), entry => entry.Record.Path == "/thing" && entry.Record.Destination?.Host == Hosts.Unlisted && entry.Record.Type == AuditTypes.Intent);
    }

    [Fact]
    public async Task Rule_LargeBodies_ArriveWhole()
    {
        Allow(Hosts.Unlisted);
        var body = Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 31)).ToArray();
        Upstream.Reset(Answer.EchoBody);
        await using var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem);

        var sending = client.SendAsync((byte[])[.. System.Text.Encoding.ASCII.GetBytes($"POST /thing HTTP/1.1\r\nHost: {Hosts.Unlisted}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        var response = await client.ReadResponseAsync("POST");
        await sending;

        Assert.Equal(body, response.Body);
    }

    [Fact]
    public async Task Rule_Expired_IsInterceptedAgain()
    {
        Allow(Hosts.Unlisted, expires: "2020-01-01");

        await using var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.CaPem);
    }

    [Fact]
    public async Task Rule_AnotherPortOfItsHost_IsIntercepted()
    {
        Allow(Hosts.Unlisted, port: 8443);

        await using var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.CaPem);
    }

    [Fact]
    public async Task Rule_HostThatASecretIsBoundTo_IsIntercepted()
    {
        Allow(Hosts.Git);
        Firewall.BindHeader(Firewall.Register(), Hosts.Git, "Authorization", "Bearer {}");

        await using var client = await OpenAsync(Hosts.Git);
        await client.StartTlsAsync(Hosts.Git, Firewall.CaPem);
    }

    [Fact]
    public async Task Rule_AnotherNameInTheClientHello_IsClosedAndRecorded()
    {
        Allow(Hosts.Unlisted);
        Firewall.MarkAudit();
        await using var client = await OpenAsync(Hosts.Unlisted);

        await Assert.ThrowsAnyAsync<IOException>(() => client.StartTlsAsync(Hosts.Tool, Firewall.Authority.Pem));

        Assert.Equal("host_mismatch", (await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt)).Code);
        Assert.Empty(Upstream.Connections);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: www.example.net\r\n\r\n")]
    public async Task Rule_BytesThatAreNotTls_AreRefusedAndRecorded(string bytes)
    {
        Allow(Hosts.Unlisted);
        Firewall.MarkAudit();
        await using var client = await OpenAsync(Hosts.Unlisted);

        await client.SendAsync(bytes);

        Assert.True(await client.IsClosedAsync());
        await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt);
        Assert.Empty(Upstream.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("169.254.169.254")]
    public async Task Rule_AddressOfThisNetwork_IsRefusedAllTheSame(string host)
    {
        Allow(host);
        Firewall.MarkAudit();
        await using var client = await OpenAsync(host);

        await Assert.ThrowsAnyAsync<IOException>(() => client.StartTlsAsync(host, Firewall.Authority.Pem));

        var closed = await Firewall.AuditAsync(record => record.Type == AuditTypes.TunnelClosed);
        Assert.Equal(("host_denied", 0L), (closed.Code, closed.RequestBytes));
    }

    [Fact]
    public async Task Rule_AgentThatIsStopped_LosesItsOpenTunnel()
    {
        Allow(Hosts.Unlisted);
        Firewall.MarkAudit();
        await using var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem);

        Firewall.Kill(FirewallFixture.AgentName);
        try
        {
            Assert.True(await client.IsClosedAsync());
            Assert.Contains("Cut", (await Firewall.AuditAsync(record => record.Type == AuditTypes.TunnelClosed)).Detail, StringComparison.Ordinal);
            await using var again = await OpenAsync(Hosts.Unlisted);
            await Assert.ThrowsAsync<AuthenticationException>(() => again.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem)); // intercepted, to be told so
        }
        finally
        {
            Firewall.Revive(FirewallFixture.AgentName);
        }
    }

    [Fact]
    public async Task Rule_TakenBackWhileATunnelIsOpen_CutsIt()
    {
        Allow(Hosts.Unlisted);
        await using var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem);

        Allow(Hosts.Unlisted, expires: "2020-01-01");

        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task Rule_ClientThatResets_IsRecordedAndCounted()
    {
        Allow(Hosts.Unlisted);
        Firewall.MarkAudit();
        var client = await OpenAsync(Hosts.Unlisted);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem);

        client.Reset();

        await Firewall.AuditAsync(record => record.Type == AuditTypes.TunnelClosed);
        Assert.Equal(0, Firewall.OpaqueCountsOf(Rule).Open);
    }

    private void Allow(string host, int port = 443, string expires = "2099-12-31") => Assert.Empty(Firewall.ChangePolicy("local.json", $$"""
        {
          "schema": "policy/v1",
          "rules": [{
            "id": "{{Rule}}", "on": "connect", "outcome": "allow", "inspect": false, "expires": "{{expires}}", "reason": "It pins.",
            "match": { "host": { "eq": "{{host}}" }, "port": { "eq": {{port}} } }
          }]
        }
        """));

    private async Task<RawClient> OpenAsync(string host, bool socks = false)
    {
        var client = await RawClient.DialAsync(Firewall.Proxy);
        if (socks)
        {
            Assert.Equal(0, await client.SocksAsync(host, 443, Firewall.Credentials));
        }
        else
        {
            Assert.Equal(200, (await client.ConnectAsync($"{host}:443", Firewall.Credentials)).Status);
        }

        return client;
    }
}
