using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>An upstream that has said all it will say and closes its side, while the client is still sending.</summary>
public sealed class HalfClosedTests(HalfClosedTests.Fixture firewall) : IClassFixture<HalfClosedTests.Fixture>
{
    /// <summary>Above limits.buffer, so that it streams.</summary>
    private const int UploadBytes = 16 * 1024 * 1024;

    [Fact]
    public async Task Upstream_AnswersAndClosesItsSideInMidUpload_ClientHasTheAnswerAndTheNextIsServed()
    {
        await using (var client = await firewall.TunnelAsync(Fixture.Host))
        {
            await client.SendAsync($"PUT /blob HTTP/1.1\r\nHost: {Fixture.Host}\r\nContent-Type: text/plain\r\nContent-Length: {UploadBytes}\r\n\r\n");
            var sending = SendAsync(client);

            var response = await client.ReadResponseAsync("PUT");

            Assert.Equal((409, "no"), (response.Status, response.Text));
            await sending.WaitAsync(Patience.Long);
        }

        await using var again = await firewall.TunnelAsync(Fixture.Host);
        Assert.Equal(409, (await again.RequestAsync("GET", "/thing", Fixture.Host)).Status);
    }

    private static async Task SendAsync(RawClient client)
    {
        try
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(new string('x', UploadBytes)));
        }
        catch (IOException)
        {
            // Nobody wanted the rest.
        }
    }

    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = Hosts.Http1Tool;

        private RawUpstream _peer = null!;

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await _peer.DisposeAsync();
        }

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            _peer = new RawUpstream(Authority.Leaf(Host), async stream =>
            {
                await _peer.ReadHeadAsync(stream);
                await stream.WriteAsync("HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"u8.ToArray());
                await stream.ShutdownAsync();
                var rest = new byte[64 * 1024];
                while (await stream.ReadAsync(rest) > 0)
                {
                }
            });
            return new Dictionary<string, string> { [$"{Host}:443"] = $"127.0.0.1:{_peer.Port}" };
        }
    }
}
