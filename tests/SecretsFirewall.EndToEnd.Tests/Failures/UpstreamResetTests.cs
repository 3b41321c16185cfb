using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>An upstream that resets the connection, at every stage of an exchange: the client learns of it, and the next request is served.</summary>
public sealed class UpstreamResetTests(UpstreamResetTests.Fixture firewall) : IClassFixture<UpstreamResetTests.Fixture>
{
    [Theory]
    [InlineData(Stage.Accepted)]
    [InlineData(Stage.Hello)]
    [InlineData(Stage.Handshake)]
    [InlineData(Stage.Request)]
    [InlineData(Stage.HalfAHead)]
    public async Task Reset_BeforeTheAnswersHeadIsWhole_Is502AndTheNextIsServed(object stage)
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        firewall.Resets = (Stage)stage;

        var response = await client.RequestAsync("GET", "/thing", Fixture.Host);

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_", response.Text, StringComparison.Ordinal);
        await AssertServedAsync(client);
    }

    [Theory]
    [InlineData(Stage.HalfABody)]
    [InlineData(Stage.HalfTheTrailers)]
    public async Task Reset_WithinTheBodyOrItsTrailers_ClientSeesThatItIsIncomplete(object stage)
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        firewall.Resets = (Stage)stage;

        try
        {
            var response = await client.RequestAsync("GET", "/thing", Fixture.Host);
            Assert.True(response.Status == 502 || !response.IsComplete, "The answer looks whole.");
        }
        catch (EndOfStreamException)
        {
            // Cut before the head was out.
        }

        await using var again = await firewall.TunnelAsync(Fixture.Host);
        await AssertServedAsync(again);
    }

    [Fact]
    public async Task Reset_OfAnIdleConnection_IsNotNoticed()
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        firewall.Resets = Stage.Idle;
        Assert.Equal("fine", (await client.RequestAsync("GET", "/thing", Fixture.Host)).Text);

        await AssertServedAsync(client);
    }

    private async Task AssertServedAsync(RawClient client)
    {
        firewall.Resets = Stage.Never;
        Assert.Equal("fine", (await client.RequestAsync("GET", "/thing", Fixture.Host)).Text);
    }

    /// <summary>How far the upstream goes before it resets.</summary>
    internal enum Stage
    {
        Accepted = 0,
        Hello,
        Handshake,
        Request,
        HalfAHead,
        HalfABody,
        HalfTheTrailers,
        Idle,
        Never,
    }

    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = "resetting.example.net";

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private Task _accepting = Task.CompletedTask;

        internal Stage Resets { get; set; } = Stage.Never;

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            _listener.Stop();
            await _accepting;
        }

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            _listener.Start();
            _accepting = AcceptAsync();
            return new Dictionary<string, string> { [$"{Host}:443"] = $"{_listener.LocalEndpoint}" };
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Stopped.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                client.LingerState = new LingerOption(true, 0); // a reset instead of a proper end
                try
                {
                    await ConverseAsync(client);
                }
                catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
                {
                    // The firewall left.
                }
            }
        }

        private async Task ConverseAsync(TcpClient client)
        {
            if (Resets is Stage.Accepted)
            {
                return;
            }

            if (Resets is Stage.Hello)
            {
                await client.GetStream().ReadExactlyAsync(new byte[16]);
                return;
            }

            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = Authority.Leaf(Host),
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            });
            if (Resets is Stage.Handshake)
            {
                return;
            }

            var buffer = new byte[16 * 1024];
            while (await tls.ReadAsync(buffer) > 0)
            {
                switch (Resets)
                {
                    case Stage.Request:
                        return;
                    case Stage.HalfAHead:
                        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-"u8.ToArray());
                        return;
                    case Stage.HalfABody:
                        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfi"u8.ToArray());
                        return;
                    case Stage.HalfTheTrailers:
                        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\nX-Su"u8.ToArray());
                        return;
                }

                // Each stage begins with a connection of its own.
                var fate = Resets is Stage.Idle ? "keep-alive" : "close";
                await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: {fate}\r\nContent-Length: 4\r\n\r\nfine"));
                if (Resets is Stage.Idle)
                {
                    return;
                }
            }
        }
    }
}
