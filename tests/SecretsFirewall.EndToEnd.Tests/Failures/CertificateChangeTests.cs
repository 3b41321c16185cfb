using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>An upstream that was in order once is asked who it is on every new connection.</summary>
public sealed class CertificateChangeTests(CertificateChangeTests.Fixture firewall) : IClassFixture<CertificateChangeTests.Fixture>
{
    [Fact]
    public async Task Upstream_ComesBackUnderAnotherAuthority_IsRefusedUntilItIsItselfAgain()
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        Assert.Equal("fine", await GetAsync(client));
        var received = firewall.Peer.Received;

        firewall.Certificate = firewall.OtherLeaf;
        var response = await client.RequestAsync("GET", "/thing", Fixture.Host);

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_certificate", response.Text, StringComparison.Ordinal);
        Assert.Equal(received, firewall.Peer.Received);
        firewall.Certificate = firewall.OwnLeaf;
        Assert.Equal("fine", await GetAsync(client));
    }

    [Fact]
    public async Task Upstream_RenewsItsCertificate_IsForwarded()
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        Assert.Equal("fine", await GetAsync(client));

        firewall.Certificate = firewall.RenewedLeaf;

        Assert.Equal("fine", await GetAsync(client));
        Assert.True(firewall.Peer.Handshakes >= 2);
    }

    private static async Task<string> GetAsync(RawClient client) => (await client.RequestAsync("GET", "/thing", Fixture.Host)).Text;

    /// <summary>An upstream that closes after each answer, and shows on each new connection what the test says.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = "changing.example.net";

        private readonly TestAuthority _other = new();

        internal RawUpstream Peer { get; private set; } = null!;

        internal X509Certificate2 Certificate { get; set; } = null!;

        internal X509Certificate2 OwnLeaf => Authority.Leaf(Host);

        internal X509Certificate2 RenewedLeaf => Authority.FreshLeaf(Host);

        internal X509Certificate2 OtherLeaf => _other.Leaf(Host);

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Peer.DisposeAsync();
            _other.Dispose();
        }

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            Certificate = OwnLeaf;
            Peer = new RawUpstream(() => Certificate, async stream =>
            {
                await Peer.ReadHeadAsync(stream);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfine"u8.ToArray());
            });
            return new Dictionary<string, string> { [$"{Host}:443"] = $"127.0.0.1:{Peer.Port}" };
        }
    }
}
