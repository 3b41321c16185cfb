using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Exchanges;

/// <summary>HTTP as its parts mean it, over both legs.</summary>
public sealed class SemanticsTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Head_ResponseLength_IsPassedOnWithoutABody()
    {
        Upstream.Reset(exchange =>
        {
            exchange.Header("Content-Type", "application/octet-stream").Header("Content-Length", "12345");
            return Task.CompletedTask;
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var head = await client.RequestAsync("HEAD", "/thing", Hosts.Tool);
        Upstream.Reset();
        var next = await client.RequestAsync("GET", "/thing", Hosts.Tool);

        Assert.Equal((200, "12345", ""), (head.Status, head.Header("Content-Length"), head.Text));
        Assert.Equal("ok", next.Text);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task StatusWithoutBody_IsPassedOnAndTheConnectionStays(int status)
    {
        Upstream.Reset(exchange =>
        {
            exchange.Status(status).Header("ETag", "\"a\"");
            return Task.CompletedTask;
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var empty = await client.RequestAsync("GET", "/thing", Hosts.Tool);
        Upstream.Reset();
        var next = await client.RequestAsync("GET", "/thing", Hosts.Tool);

        Assert.Equal((status, "\"a\"", ""), (empty.Status, empty.Header("ETag"), empty.Text));
        Assert.Null(empty.Header("Transfer-Encoding"));
        Assert.Equal("ok", next.Text);
    }

    /// <summary>Upstream connections are shared: the next request on one that was signed in would be the first agent's to the server.</summary>
    [Theory]
    [InlineData("Bearer made-up", true)]
    [InlineData("Negotiate bWFkZS11cA==", false)]
    [InlineData("NTLM bWFkZS11cA==", false)]
    public async Task ConnectionThatWasSignedIn_IsNobodyElses(string authorization, bool isShared)
    {
        Http1Upstream.Reset();
        await using var one = await Firewall.TunnelAsync(Hosts.Http1Tool);
        await using var other = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await one.RequestAsync("GET", "/one", Hosts.Http1Tool, default, $"Authorization: {authorization}");
        await other.RequestAsync("GET", "/other", Hosts.Http1Tool);

        Assert.Equal(isShared, ReferenceEquals(Http1Upstream.Requests[0].Wire, Http1Upstream.Requests[1].Wire));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task AnyStatus_IsPassedOnAndNotFollowedOrRetried(int status)
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(status).Header("Location", "https://elsewhere.example/").Header("Retry-After", "7").Header("WWW-Authenticate", "Basic realm=\"up\"");
            await exchange.SendAsync("the upstream's words"u8.ToArray());
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool);

        Assert.Equal((status, "the upstream's words", "7"), (response.Status, response.Text, response.Header("Retry-After")));
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task ExpectContinue_IsAnsweredBeforeTheBodyAndNotForwarded()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        var (interim, _, _) = await client.Reader.ReadHeadAsync().WaitAsync(Patience.Long);
        await client.SendAsync("body");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal((100, 200), (interim, response.Status));
        Assert.Equal("body", Http1Upstream.Single.BodyText);
        Assert.Null(Http1Upstream.Single.Header("Expect"));
    }

    [Fact]
    public async Task ExpectContinue_OnARefusedRequest_IsRefusedWithoutTheBody()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: other.example\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");

        Assert.Equal(421, (await client.ReadResponseAsync("POST")).Status);
    }

    [Fact]
    public async Task ResponseTrailers_AreForwardedAndMasked()
    {
        var canary = Firewall.Register();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.DeclareTrailer("X-Sum");
            exchange.DeclareTrailer("X-Key");
            await exchange.SendAsync("body"u8.ToArray());
            exchange.Trailer("X-Sum", "42");
            exchange.Trailer("X-Key", canary.Value);
        });
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await client.GetAsync($"https://{Hosts.Tool}/thing");

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("42", Assert.Single(response.TrailingHeaders.GetValues("X-Sum")));
        Assert.Equal(canary.Reference, Assert.Single(response.TrailingHeaders.GetValues("X-Key")));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task EarlyResponse_BeforeTheBodyWasSent_ReachesTheClient()
    {
        Upstream.Reset(async exchange =>
        {
            exchange.Status(413);
            await exchange.SendAsync("too much"u8.ToArray());
        });
        using var gate = new Gate();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var content = new PartsContent(gate, "part"u8.ToArray(), "rest"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/thing") { Version = HttpVersion.Version20, Content = content };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Long);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        gate.Open();
    }

    [Fact]
    public async Task BidirectionalStream_OverHttp2_FlowsBothWaysWithoutWaitingForTheEnd()
    {
        Upstream.Reset(async exchange =>
        {
            exchange.Header("Content-Type", "text/plain");
            await exchange.SendHeadAsync();
            while (await exchange.ReadSomeAsync() is > 0)
            {
                await exchange.SendAsync("seen\n"u8.ToArray());
            }
        });
        using var gate = new Gate();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var content = new PartsContent(gate, "one\n"u8.ToArray(), "two\n"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/stream") { Version = HttpVersion.Version20, Content = content };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Long);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("seen", await reader.ReadLineAsync().WaitAsync(Patience.Long));
        gate.Open();

        Assert.Equal("seen\n", await reader.ReadToEndAsync().WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task Http2Streams_ManyAtOnce_DoNotMixUp()
    {
        Upstream.Reset(Answer.EchoBody);
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var content = new StringContent($"body {i}", Encoding.UTF8, "text/plain");
            using var response = await client.PostAsync($"https://{Hosts.Tool}/{i}", content);
            return await response.Content.ReadAsStringAsync();
        }));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"body {i}"), answers);
    }

    [Fact]
    public async Task PipelinedRequests_EachGetsItsOwnDecisionAndAnswer()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await exchange.SendAsync(Encoding.ASCII.GetBytes(exchange.Request.Target));
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync(
            $"GET /1 HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\nGET /2 HTTP/1.1\r\nHost: other.example\r\n\r\nGET /3 HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\n");
        var answers = new[] { await client.ReadResponseAsync(), await client.ReadResponseAsync(), await client.ReadResponseAsync() };

        Assert.Equal([200, 421, 200], answers.Select(answer => answer.Status));
        Assert.Equal(["/1", "/3"], Upstream.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task ClientHelloInTheSamePacketAsConnect_IsNotLost()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.StartTlsWithConnectAsync($"CONNECT {Hosts.Tool}:443 HTTP/1.1\r\n{Firewall.ProxyAuthorization}\r\n\r\n", Hosts.Tool, Firewall.CaPem);

        Assert.Equal(200, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
    }
}
