using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>Unread means refused: what cannot be inspected does not pass raw.</summary>
public sealed class UnreadableTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, made-up")]
    [InlineData("gzip, gzip, gzip, gzip")]
    public async Task RequestBody_UnknownContentEncoding_Is415(string coding)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("POST", "/thing", Hosts.Tool, new byte[100], "Content-Type: application/json", $"Content-Encoding: {coding}");

        AssertRefused(response, 415, "uninspectable");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task RequestBody_NotWhatItsEncodingSays_Is415(string coding)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var garbage = Encoding.ASCII.GetBytes("this is neither of them, and far from it: " + new string('x', 100));

        var response = await client.RequestAsync("POST", "/thing", Hosts.Tool, garbage, "Content-Type: text/plain", $"Content-Encoding: {coding}");

        AssertRefused(response, 415, "uninspectable");
    }

    [Fact]
    public async Task RequestBody_ValueInAGzipComment_IsRefused()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var plain = Answer.Encode("gzip", "nothing in here"u8.ToArray());

        // RFC 1952 section 2.3: bit 4 of FLG says that a comment, ended by zero, follows the ten bytes of the header.
        byte[] body = [.. plain[..3], 0x10, .. plain[4..10], .. canary.Bytes, 0, .. plain[10..]];
        var response = await client.RequestAsync("POST", "/thing", Hosts.Tool, body, "Content-Type: text/plain", "Content-Encoding: gzip");

        AssertRefused(response, 403, "secret_blocked");
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task RequestBody_ValueInAStoredBlock_IsMaskedAsAnywhere()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var stored = Answer.Encode("gzip", Encoding.ASCII.GetBytes($"stored {canary.Value}"), System.IO.Compression.CompressionLevel.NoCompression);

        var response = await client.RequestAsync("POST", "/thing", Hosts.Tool, stored, "Content-Type: text/plain", "Content-Encoding: gzip");

        Assert.Equal(200, response.Status);
        Assert.Equal($"stored {canary.Reference}", Encoding.ASCII.GetString(Answer.Decode("gzip", Upstream.Single.Body)));
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData("gzip", 413)]
    [InlineData("br", 415)]
    public async Task RequestBody_CompressedBomb_IsRefused(string coding, int status)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var bomb = Answer.Encode(coding, new byte[16 * 1024 * 1024], System.IO.Compression.CompressionLevel.SmallestSize);

        var response = await client.RequestAsync("POST", "/thing", Hosts.Tool, bomb, "Content-Type: application/json", $"Content-Encoding: {coding}");

        Assert.Equal(status, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Response_UnknownContentEncoding_DoesNotReachTheClient()
    {
        Upstream.Reset(Answer.Bytes("text/plain", "raw-and-unread"u8.ToArray(), ("Content-Encoding", "zstd")));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool);

        Assert.Equal(502, response.Status);
        Assert.DoesNotContain("raw-and-unread", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_AcceptEncoding_OffersOnlyWhatCanBeRead()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.RequestAsync("GET", "/thing", Hosts.Tool, default, "Accept-Encoding: zstd, br;q=0.9, gzip, *;q=0.1");

        Assert.DoesNotContain("zstd", Upstream.Single.Header("Accept-Encoding"), StringComparison.Ordinal);
        Assert.DoesNotContain('*', Upstream.Single.Header("Accept-Encoding")!);
        Assert.Contains("gzip", Upstream.Single.Header("Accept-Encoding"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Hosts.OpenAi)]
    [InlineData(Hosts.Tool)]
    public async Task WebSocketUpgrade_OfAVersionThatIsNotRead_Is426(string host)
    {
        await using var client = await Firewall.TunnelAsync(host);

        var response = await client.RequestAsync(
            "GET", "/v1/responses", host, default,
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.Equal(426, response.Status);
        Assert.Contains("upgrade_refused", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: api.github.com\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task Tunnel_FirstBytesNotTls_IsClosedAndRecorded(string bytes)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Tool}:443", Firewall.Credentials)).Status);

        await client.SendAsync(bytes);

        Assert.True(await client.IsClosedAsync());
        await Firewall.AuditAsync(record => record.Type == "bypass_attempt");
        Assert.Empty(Upstream.Connections);
    }

    [Fact]
    public async Task Request_HostOtherThanTheTunnels_Is421()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        AssertRefused(await client.RequestAsync("GET", "/thing", Hosts.Http1Tool), 421, "host_mismatch");
    }

    [Fact]
    public async Task Request_HostOtherThanTheTunnelsOnAKeptConnection_Is421()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        Assert.Equal(200, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
        Upstream.Reset();
        AssertRefused(await client.RequestAsync("GET", "/thing", Hosts.Http1Tool), 421, "host_mismatch");
    }

    [Fact]
    public async Task Tls_ServerNameOtherThanTheTunnels_Is421()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        await client.ConnectAsync($"{Hosts.Tool}:443", Firewall.Credentials);
        await client.StartTlsAsync(Hosts.Http1Tool, Firewall.CaPem);

        AssertRefused(await client.RequestAsync("GET", "/thing", Hosts.Tool), 421, "host_mismatch");
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    public async Task Method_ThatShowsOrTunnels_IsRefusedInsideTheTunnel(string method)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync($"{method} {(method == "CONNECT" ? Hosts.Tool + ":443" : "/")} HTTP/1.1\r\nHost: {Hosts.Tool}{(method == "CONNECT" ? ":443" : "")}\r\n\r\n");
        var response = await client.ReadResponseAsync();

        Assert.True(response.Status is 400 or 403 or 405, $"The status is {response.Status}.");
        Assert.Empty(Upstream.Requests);
    }

    private void AssertRefused(RawResponse response, int status, string code)
    {
        Assert.Equal((status, "application/problem+json"), (response.Status, response.Header("Content-Type")));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.Empty(Upstream.Requests);
        Assert.Empty(Http1Upstream.Requests);
    }
}
