using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.OpaqueTunnels;

/// <summary>What cannot be audited is not forwarded, unread or not.</summary>
public sealed class FullDiskTests(Auditing.FullDiskTests.SmallAudit firewall) : FirewallTests(firewall), IClassFixture<Auditing.FullDiskTests.SmallAudit>
{
    [Fact]
    public async Task AuditAtItsCap_NoTunnelPassesUnread()
    {
        Assert.Empty(Firewall.ChangePolicy("local.json", $$"""
            {
              "schema": "policy/v1",
              "rules": [{
                "id": "pinned", "on": "connect", "outcome": "allow", "inspect": false, "expires": "2099-12-31", "reason": "It pins.",
                "match": { "host": { "eq": "{{Hosts.Unlisted}}" }, "port": { "eq": 443 } }
              }]
            }
            """));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        for (var i = 0; (await client.RequestAsync("GET", $"/{i}", Hosts.Tool)).Status == 200; i++)
        {
            Assert.True(i < 10_000, "The audit has no cap.");
        }

        Upstream.Reset();
        await using var tunnel = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await tunnel.ConnectAsync($"{Hosts.Unlisted}:443", Firewall.Credentials)).Status);
        await Assert.ThrowsAnyAsync<IOException>(() => tunnel.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem));

        Assert.Empty(Upstream.Connections);
        Assert.Equal(0, Firewall.OpaqueCountsOf("pinned").Total);
    }
}
