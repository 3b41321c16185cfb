using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>An upstream that cannot prove who it is gets not one byte of a request.</summary>
public sealed class CertificateTests(CertificateTests.Fixture firewall) : IClassFixture<CertificateTests.Fixture>
{
    [Theory]
    [InlineData("expired.example.net")]
    [InlineData("wrong-name.example.net")]
    [InlineData("self-signed.example.net")]
    public async Task Upstream_CertificateNotInOrder_Is502AndNothingIsSent(string host)
    {
        await using var client = await firewall.TunnelAsync(host);

        var response = await client.RequestAsync("GET", "/thing", host);

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_certificate", response.Text, StringComparison.Ordinal);
        Assert.Contains("tls_certificate_error", response.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.Equal(0, firewall.Peers[host].Received);
    }

    [Fact]
    public async Task Upstream_CertificateInOrder_IsForwarded()
    {
        await using var client = await firewall.TunnelAsync("good.example.net");

        Assert.Equal("fine", (await client.RequestAsync("GET", "/thing", "good.example.net")).Text);
    }

    /// <summary>One raw upstream for each name.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal Dictionary<string, RawUpstream> Peers { get; } = [];

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            foreach (var peer in Peers.Values)
            {
                await peer.DisposeAsync();
            }
        }

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            Start("good.example.net", Authority.Leaf("good.example.net"));
            Start("expired.example.net", Authority.ExpiredLeaf("expired.example.net"));
            Start("wrong-name.example.net", Authority.Leaf("good.example.net"));
            Start("self-signed.example.net", Authority.SelfSignedLeaf("self-signed.example.net"));
            return Peers.ToDictionary(peer => $"{peer.Key}:443", peer => $"127.0.0.1:{peer.Value.Port}");
        }

        private void Start(string host, X509Certificate2 certificate)
        {
            RawUpstream peer = null!;
            peer = new RawUpstream(certificate, async stream =>
            {
                await peer.ReadHeadAsync(stream);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"u8.ToArray());
            });
            Peers.Add(host, peer);
        }
    }
}
