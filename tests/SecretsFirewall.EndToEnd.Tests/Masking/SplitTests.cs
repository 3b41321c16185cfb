using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Masking;

/// <summary>A value cut in two at every place, by the framing of each leg: nobody sees either half on its own, or the whole.</summary>
public sealed class SplitTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    /// <summary>Every third offset; the long form takes all.</summary>
    private static int Step { get; } = Environment.GetEnvironmentVariable("SFW_TEST_EVERY_OFFSET") == "1" ? 1 : 3;

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/event-stream")]
    [InlineData("application/json")]
    public async Task Response_SplitAtEveryOffset_ClientSeesTheReference(string contentType)
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, masked) = Bodies(contentType, canary);
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        for (var at = 1; at < body.Length; at += Step)
        {
            Upstream.Reset(Answer.Parts(contentType, body[..at], body[at..]));
            var response = await client.RequestAsync("GET", "/thing", Hosts.Tool);
            Assert.Equal((at, masked), (at, response.Text));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task CodedResponse_SplitAtEveryOffset_ClientDecodesTheReference(string coding)
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, masked) = Bodies("text/plain", canary);
        var coded = Answer.Encode(coding, body);
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        for (var at = 1; at < coded.Length; at += Step)
        {
            Upstream.Reset(async exchange =>
            {
                await exchange.ReadBodyAsync();
                exchange.Header("Content-Type", "text/plain").Header("Content-Encoding", coding);
                await exchange.SendAsync(coded.AsMemory(0, at));
                await exchange.SendAsync(coded.AsMemory(at));
            });
            var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, $"Accept-Encoding: {coding}");
            Assert.Equal((at, masked), (at, Encoding.ASCII.GetString(Answer.Decode(coding, response.Body))));
        }
    }

    [Fact]
    public async Task ChunkedRequest_SplitAtEveryOffset_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, masked) = Bodies("application/json", canary);
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        for (var at = 1; at < body.Length; at += Step)
        {
            Upstream.Reset();
            await SendChunkedAsync(client, Hosts.OpenAi, "application/json", body[..at], body[at..]);
            Assert.Equal(200, (await client.ReadResponseAsync("POST")).Status);
            Assert.Equal((at, masked), (at, Upstream.Single.BodyText));
        }

        AssertNowhere([canary]);
    }

    [Fact]
    public async Task ChunkedRequestThatIsNoJson_SplitAtEveryOffset_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, masked) = Bodies("text/plain", canary);

        for (var at = 1; at < body.Length; at += Step)
        {
            Upstream.Reset();
            await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
            await SendChunkedAsync(client, Hosts.OpenAi, "text/plain", body[..at], body[at..]);
            var response = await client.ReadResponseAsync("POST");
            Assert.Equal((at, 200), (at, response.Status));
            Assert.Equal((at, masked), (at, Upstream.Single.BodyText));
        }

        AssertNowhere([canary]);
    }

    [Fact]
    public async Task ChunkedRequestThatIsNoJson_ToATool_IsRefusedBeforeTheUpstreamSeesItWhole()
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, _) = Bodies("text/plain", canary);

        for (var at = 1; at < body.Length; at += Step)
        {
            Upstream.Reset();
            await using var client = await Firewall.TunnelAsync(Hosts.Tool);
            await SendChunkedAsync(client, Hosts.Tool, "text/plain", body[..at], body[at..]);
            var response = await client.ReadResponseAsync("POST");
            Assert.Equal((at, 403), (at, response.Status));
            Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
            foreach (var request in Upstream.Requests)
            {
                Assert.Equal(BodyEnd.Aborted, await request.Ended.WaitAsync(Patience.Long));
            }
        }

        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Http2Request_SplitAtEveryOffset_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Short);
        var (body, masked) = Bodies("application/json", canary);
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        for (var at = 1; at < body.Length; at += Step)
        {
            Upstream.Reset();
            using var content = new PartsContent(body[..at], body[at..]);
            using var response = await client.PostAsync($"https://{Hosts.OpenAi}/v1/files", content);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal((at, masked), (at, Upstream.Single.BodyText));
        }

        AssertNowhere([canary]);
    }

    /// <summary>A body that holds the value more than once, and the text that the other side must see.</summary>
    private static (byte[] Body, string Masked) Bodies(string contentType, Canary canary)
    {
        var text = contentType switch
        {
            "application/json" => $$"""{"a":"x {{canary.Value}} y","b":[1,"{{canary.Value}}"]}""",
            "text/event-stream" => $"event: m\ndata: x {canary.Value}\n\ndata: {canary.Value}\n\n",
            _ => $"one {canary.Value}, two {canary.Value}{canary.Value}!",
        };
        return (Encoding.ASCII.GetBytes(text), text.Replace(canary.Value, canary.Reference, StringComparison.Ordinal));
    }

    private static async Task SendChunkedAsync(RawClient client, string host, string contentType, params byte[][] parts)
    {
        await client.SendAsync($"POST /v1/files HTTP/1.1\r\nHost: {host}\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var part in parts)
        {
            await client.SendAsync(Chunk(part));
        }

        await client.SendAsync("0\r\n\r\n");
    }

    private static byte[] Chunk(byte[] part) => [.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8];
}
