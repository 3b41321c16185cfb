using System.Net;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>Before anything is upgraded, the request is a request like any other, and both answers must be right.</summary>
public sealed class HandshakeTests(FirewallFixture firewall) : SocketTests(firewall), IClassFixture<FirewallFixture>
{
    private const string ClientsKey = "dGhlIHNhbXBsZSBub25jZQ==";

    [Fact]
    public async Task Handshake_KeysOfTheLegsDiffer()
    {
        Http1Upstream.Reset(async exchange => await exchange.AcceptWebSocketAsync(protocol: "chat"));
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var (answer, _) = await FrameStream.OpenAsync(client, Hosts.Http1Tool, "/socket?a=b", "Sec-WebSocket-Protocol: chat", "Origin: https://me.example");

        var request = Http1Upstream.Single;
        Assert.Equal((101, FrameStream.AcceptFor(ClientsKey), "chat"), (answer.Status, answer.Header("Sec-WebSocket-Accept"), answer.Header("Sec-WebSocket-Protocol")));
        Assert.Equal(("GET", "/socket?a=b", "chat", "https://me.example"), (request.Method, request.Target, request.Header("Sec-WebSocket-Protocol"), request.Header("Origin")));
        Assert.NotEqual(ClientsKey, request.Header("Sec-WebSocket-Key"));
        Assert.Null(request.Header("Sec-WebSocket-Extensions"));
    }

    [Fact]
    public async Task Handshake_OffersOnlyExtensionsThatCanBeRead()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool, "permessage-deflate; server_no_context_takeover", "Sec-WebSocket-Extensions: x-unreadable");

        Assert.Equal("permessage-deflate; client_max_window_bits", Http1Upstream.Single.Header("Sec-WebSocket-Extensions"));
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: " + ClientsKey, "Upgrade: websocket")]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short", "Upgrade: websocket")]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + ClientsKey, "Upgrade: h2c, websocket")]
    [InlineData("Sec-WebSocket-Version: 13", "X-None: 1", "Upgrade: websocket")]
    public async Task Handshake_ThatIsNone_Is426(params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync("GET", "/socket", Hosts.Http1Tool, default, ["Connection: Upgrade", .. headers]);

        Assert.Equal(426, response.Status);
        Assert.Contains("upgrade_refused", response.Text, StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
    }

    [Fact]
    public async Task Upgrade_ToAnotherProtocol_IsDropped()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Http1Tool, default, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__");

        Assert.Equal(200, response.Status);
        Assert.Null(Http1Upstream.Single.Header("Upgrade"));
        Assert.Null(Http1Upstream.Single.Header("HTTP2-Settings"));
    }

    [Fact]
    public async Task Upstream_DoesNotWant_ItsAnswerIsInspectedAsAny()
    {
        var canary = Firewall.Register();
        Http1Upstream.Reset(async exchange =>
        {
            exchange.Status(401).Header("Content-Type", "text/plain");
            await exchange.SendAsync(System.Text.Encoding.UTF8.GetBytes($"no: {canary.Value}"));
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync(
            $"GET /socket HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {ClientsKey}\r\n\r\n");
        var answer = await client.ReadResponseAsync();

        Assert.Equal((401, $"no: {canary.Reference}"), (answer.Status, answer.Text));
    }

    [Theory]
    [InlineData(null, null, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "upstream_protocol")]
    [InlineData("x-unreadable", null, null, "upstream_uninspectable")]
    [InlineData("permessage-deflate", null, null, "upstream_uninspectable")]
    public async Task Upstream_AnswersWhatWasNotAsked_Is502(string? extensions, string? protocol, string? accept, string code)
    {
        Http1Upstream.Reset(async exchange => await exchange.AcceptWebSocketAsync(extensions, protocol, accept));
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync(
            $"GET /socket HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {ClientsKey}\r\n\r\n");
        var answer = await client.ReadResponseAsync();

        Assert.Equal(502, answer.Status);
        Assert.Contains(code, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_ToAnUnlistedHost_IsDeniedLikeAWrite()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Unlisted);

        var (answer, _) = await FrameStream.OpenAsync(client, Hosts.Unlisted);

        Assert.Equal(403, answer.Status);
        Assert.Contains("policy_denied", answer.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Theory]
    [InlineData("/socket?key={0}", "X-None: 1")]
    [InlineData("/socket", "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{0}")]
    public async Task Handshake_WithAValue_UpstreamDoesNotGetIt(string target, string header)
    {
        var canary = Firewall.Register();
        Upstream.Reset(async exchange => await exchange.AcceptWebSocketAsync());
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        await FrameStream.OpenAsync(
            client, Hosts.OpenAi, string.Format(System.Globalization.CultureInfo.InvariantCulture, target, canary.Value), string.Format(System.Globalization.CultureInfo.InvariantCulture, header, canary.Value));

        AssertNowhere([canary]);
    }

    [Fact]
    public async Task ExtendedConnect_OtherProtocolThanWebSocket_IsRefused()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Connect, $"https://{Hosts.Tool}/thing") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Protocol = "connect-udp";

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(426, (int)response.StatusCode);
        Assert.Empty(Upstream.Requests);
    }
}
