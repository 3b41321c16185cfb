using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>Upstreams that break the rules of HTTP, or do not answer at all: the client learns that it was the upstream.</summary>
public sealed class BrokenUpstreamTests(BrokenUpstreamTests.Fixture firewall) : IClassFixture<BrokenUpstreamTests.Fixture>
{
    [Theory]
    [InlineData("")]
    [InlineData("not http at all\r\n\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4x\r\n\r\nbody")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\nraw")]
    public async Task Head_NotHttp_Is502(string answer)
    {
        var response = await GetAsync(answer);

        Assert.Equal(502, response.Status);
        Assert.Contains("\"code\":\"upstream_", response.Text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nshort")]
    public async Task Body_BreaksOff_ClientSeesThatItIsIncomplete(string answer)
    {
        firewall.Say(Encoding.ASCII.GetBytes(answer));

        Assert.False(await LooksWholeAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task CodedBody_BreaksOff_ClientSeesThatItIsIncomplete(string coding)
    {
        var coded = Answer.Encode(coding, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000))));
        var head = $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: {coding}\r\nContent-Length: {coded.Length / 2}\r\n\r\n";
        firewall.Say([.. Encoding.ASCII.GetBytes(head), .. coded.AsSpan(0, coded.Length / 2)]);

        Assert.False(await LooksWholeAsync($"Accept-Encoding: {coding}"));
    }

    [Fact]
    public async Task Body_WithoutLength_EndsWithTheConnection()
    {
        var response = await GetAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end");

        Assert.Equal((200, "to the end", true), (response.Status, response.Text, response.IsComplete));
    }

    [Fact]
    public async Task InformationalAnswers_AreNotForwarded()
    {
        var response = await GetAsync(
            "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal((200, "ok", null), (response.Status, response.Text, response.Header("Link")));
    }

    [Fact]
    public async Task ReasonPhrase_WithAValue_ClientDoesNotSeeIt()
    {
        var canary = firewall.Register();
        firewall.Say(Encoding.ASCII.GetBytes($"HTTP/1.1 200 {canary.Value}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"));
        await using var client = await firewall.TunnelAsync(Fixture.Host);

        var response = await client.RequestAsync("GET", "/thing", Fixture.Host);

        Assert.Equal((200, "ok"), (response.Status, response.Text));
        new LeakCheck(canary).AssertClean("The reason phrase", response.Reason);
    }

    [Fact]
    public async Task TrailersOverHttp1_WithAValue_AreForwardedMasked()
    {
        var canary = firewall.Register();
        firewall.Say(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTrailer: X-Sum, X-Key\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\nX-Key: {canary.Value}\r\n\r\n"));
        await using var client = await firewall.TunnelAsync(Fixture.Host);

        var response = await client.RequestAsync("GET", "/thing", Fixture.Host, default, "TE: trailers");

        Assert.Equal((200, "ok", true), (response.Status, response.Text, response.IsComplete));
        Assert.NotEqual(canary.Value, response.Trailer("X-Key"));
        Assert.Equal("42", response.Trailer("X-Sum") ?? "42");
    }

    [Fact]
    public async Task Connection_Refused_Is502()
    {
        await using var client = await firewall.TunnelAsync(Fixture.Closed);

        var response = await client.RequestAsync("GET", "/thing", Fixture.Closed);

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_unreachable", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_Unknown_Is502()
    {
        await using var client = await firewall.TunnelAsync("no-such-host.invalid");

        var response = await client.RequestAsync("GET", "/thing", "no-such-host.invalid");

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_name_not_found", response.Text, StringComparison.Ordinal);
    }

    private async Task<bool> LooksWholeAsync(params string[] headers)
    {
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        try
        {
            return await client.RequestAsync("GET", "/thing", Fixture.Host, default, headers) is { Status: 200, IsComplete: true };
        }
        catch (EndOfStreamException)
        {
            return false; // cut before the head was out
        }
    }

    private async Task<RawResponse> GetAsync(string answer)
    {
        firewall.Say(Encoding.ASCII.GetBytes(answer));
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        return await client.RequestAsync("GET", "/thing", Fixture.Host);
    }

    /// <summary>One raw upstream that says what the test tells it to, and a name behind which nobody listens.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = "broken.example.net";
        internal const string Closed = "closed.example.net";

        private RawUpstream _peer = null!;
        private byte[] _answer = [];

        /// <summary>The answer to the next request, after which the connection closes.</summary>
        internal void Say(byte[] answer) => _answer = answer;

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
                await stream.WriteAsync(_answer);
            });
            using var unused = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            unused.Start();
            return new Dictionary<string, string> { [$"{Host}:443"] = $"127.0.0.1:{_peer.Port}", [$"{Closed}:443"] = $"{unused.LocalEndpoint}" };
        }
    }
}
