using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Streams;

/// <summary>gRPC over HTTP/2 and gRPC-Web, read message by message and never rewritten.</summary>
public sealed class GrpcTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Grpc = "application/grpc";

    [Fact]
    public async Task Call_WithNothingToFind_PassesByteForByteWithItsTrailers()
    {
        byte[] question = [.. GrpcFrames.Message("one"), .. GrpcFrames.Frame(Answer.Encode("gzip", "two"u8.ToArray()), 1)];
        byte[] answer = [.. GrpcFrames.Message("three"), .. GrpcFrames.Frame(Answer.Encode("deflate", "four"u8.ToArray()), 1)];
        Upstream.Reset(Says(answer, ("Grpc-Encoding", "deflate"), ("Grpc-Accept-Encoding", "identity,gzip,zstd")));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [question], ("TE", "trailers"), ("Grpc-Encoding", "gzip"), ("Grpc-Accept-Encoding", "snappy,gzip,zstd,identity"));

        Assert.Equal((HttpStatusCode.OK, "application/grpc"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(answer, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        Assert.Equal("fine", Assert.Single(response.TrailingHeaders.GetValues("grpc-message")));
        Assert.Equal("identity,gzip", Assert.Single(response.Headers.GetValues("grpc-accept-encoding")));
        Assert.Equal(question, Upstream.Single.Body);
        Assert.Equal(
            ("HTTP/2", "trailers", "gzip", "gzip,identity", null),
            (Upstream.Single.Protocol, Upstream.Single.Header("TE"), Upstream.Single.Header("Grpc-Encoding"), Upstream.Single.Header("Grpc-Accept-Encoding"), Upstream.Single.Header("Expect")));
    }

    [Fact]
    public async Task Answer_OfTrailersOnly_KeepsItsStatus()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", Grpc).Header("Grpc-Status", "5").Header("Grpc-Message", "not%20found");
        });
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [GrpcFrames.Message("one")]);

        Assert.Equal(("5", "not%20found"), (response.Headers.GetValues("grpc-status").Single(), response.Headers.GetValues("grpc-message").Single()));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Message_WithAValue_NeverReachesTheUpstream(string? coding)
    {
        var canary = Firewall.Register();
        var payload = Encoding.ASCII.GetBytes($"\n\u0050key {canary.Value}");
        var message = coding is null ? GrpcFrames.Frame(payload) : GrpcFrames.Frame(Answer.Encode(coding, payload), 1);
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [message[..9], message[9..]], ("TE", "trailers"), ("Grpc-Encoding", coding ?? "identity"));

        Assert.Equal((HttpStatusCode.Forbidden, "7"), (response.StatusCode, response.Headers.GetValues("grpc-status").Single()));
        Assert.StartsWith("secret_blocked: ", response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
        await AssertNoneArrivedAsync();
        AssertNowhere([canary], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("application/connect+proto", "identity")]
    [InlineData("application/connect+proto", "gzip")]
    [InlineData("application/connect+json", "gzip")]
    public async Task ConnectStream_WithAValue_StopsOnBothWays(string type, string coding)
    {
        var canary = Firewall.Register();
        var payload = Encoding.ASCII.GetBytes($$"""{"key":"{{canary.Value}}"}""");
        var message = coding == "identity" ? GrpcFrames.Frame(payload) : GrpcFrames.Frame(Answer.Encode(coding, payload), 1);
        byte[] end = GrpcFrames.Frame("{}"u8.ToArray(), 2);
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var refused = await CallAsync(client, type, [message], ("Connect-Content-Encoding", coding));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("secret_blocked", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await AssertNoneArrivedAsync();

        Upstream.Reset(Answer.Bytes(type, [.. GrpcFrames.Message("clean"), .. message, .. end], ("Connect-Content-Encoding", coding)));
        Firewall.MarkAudit();
        await Record.ExceptionAsync(async () =>
        {
            using var broken = await CallAsync(client, type, [GrpcFrames.Message("one")], ("Connect-Accept-Encoding", "br,gzip"));
            await broken.Content.ReadAsByteArrayAsync();
        });
        await Firewall.AuditAsync(record => record.Code == "secret_blocked" && record.Findings.Any(finding => finding.Name == canary.Name));
        Assert.Equal("gzip", Upstream.Single.Header("Connect-Accept-Encoding"));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task ConnectStream_Clean_PassesByteForByte()
    {
        byte[] answer = [.. GrpcFrames.Frame(Answer.Encode("gzip", "{}"u8.ToArray()), 1), .. GrpcFrames.Frame("{}"u8.ToArray(), 2)];
        Upstream.Reset(Answer.Bytes("application/connect+json", answer, ("Connect-Content-Encoding", "gzip")));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, "application/connect+json", [GrpcFrames.Frame("{}"u8.ToArray())]);

        Assert.Equal(answer, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task ConnectStream_UnknownEncoding_IsRefused()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, "application/connect+json", [GrpcFrames.Frame([1, 2, 3], 1)], ("Connect-Content-Encoding", "br"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Empty(Upstream.Requests);
    }

    [Theory]
    [InlineData("snappy")]
    [InlineData("zstd")]
    public async Task Request_UnknownGrpcEncoding_Is415(string coding)
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [GrpcFrames.Frame([1, 2, 3], 1)], ("Grpc-Encoding", coding));

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "3"), (response.StatusCode, response.Headers.GetValues("grpc-status").Single()));
        Assert.StartsWith("uninspectable: ", response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Request_NotMadeOfMessages_Is415()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, ["{\"no\":\"messages\"}"u8.ToArray()]);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        await AssertNoneArrivedAsync();
    }

    [Fact]
    public async Task Request_BombInAMessage_IsRefused()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(
            client, Grpc, [GrpcFrames.Frame(Answer.Encode("gzip", new byte[64 * 1024 * 1024], System.IO.Compression.CompressionLevel.SmallestSize), 1)], ("Grpc-Encoding", "gzip"));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "8"), (response.StatusCode, response.Headers.GetValues("grpc-status").Single()));
        await AssertNoneArrivedAsync();
    }

    [Fact]
    public async Task Answer_UnknownGrpcEncoding_DoesNotReachTheClient()
    {
        Upstream.Reset(Says(GrpcFrames.Frame("raw-and-unread"u8.ToArray(), 1), ("Grpc-Encoding", "snappy")));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [GrpcFrames.Message("one")]);

        Assert.Equal((HttpStatusCode.BadGateway, "13"), (response.StatusCode, response.Headers.GetValues("grpc-status").Single()));
        Assert.DoesNotContain("raw-and-unread", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Grpc, null)]
    [InlineData(Grpc, "gzip")]
    [InlineData("application/grpc+json", null)]
    [InlineData("application/grpc-web", null)]
    [InlineData("application/grpc-web-text", null)]
    public async Task Answer_WithAValue_BreaksOffBehindTheMessagesBefore(string type, string? coding)
    {
        var canary = Firewall.Register();
        var payload = Encoding.ASCII.GetBytes($$"""{"key":"{{canary.Value}}"}""");
        var first = Spell(type, GrpcFrames.Message("clean"));
        var second = Spell(type, coding is null ? GrpcFrames.Frame(payload) : GrpcFrames.Frame(Answer.Encode(coding, payload), 1));
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", type).Header("Grpc-Encoding", coding ?? "identity");
            await exchange.SendAsync(first);
            await exchange.SendAsync(second);
        });
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        Firewall.MarkAudit();

        var seen = new MemoryStream();
        using var response = await CallAsync(client, type, [Spell(type, GrpcFrames.Message("one"))]);
        var broke = await Record.ExceptionAsync(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(seen));

        Assert.True(broke is not null || response.StatusCode is not HttpStatusCode.OK, "The answer looks whole.");
        if (response.StatusCode is HttpStatusCode.OK)
        {
            Assert.True(first.AsSpan().StartsWith(seen.ToArray()), "More than the clean message arrived.");
        }

        Assert.False(response.TrailingHeaders.TryGetValues("grpc-status", out _));
        AssertNowhere([canary], seen.ToArray());
        await Firewall.AuditAsync(record => record.Code == "secret_blocked" && record.Findings.Any(finding => finding.Name == canary.Name && finding.Location.StartsWith("response:grpc#2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Trailers_WithAValue_ClientSeesTheReference()
    {
        var canary = Firewall.Register();
        Upstream.Reset(Says(GrpcFrames.Message("one"), message: $"failed for {canary.Value}"));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await CallAsync(client, Grpc, [GrpcFrames.Message("one")]);

        Assert.Equal(GrpcFrames.Message("one"), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal($"failed for {canary.Reference}", Assert.Single(response.TrailingHeaders.GetValues("grpc-message")));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Stream_BothWays_FlowsMessageByMessageAndABegunOneWaits()
    {
        byte[][] messages = [GrpcFrames.Message("one"), GrpcFrames.Message("two, and more of it")];
        Upstream.Reset(EachMessage);
        using var gate = new Gate();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var content = new PartsContent(gate, [.. messages[0], .. messages[1][..7]], messages[1][7..]);

        using var response = await CallAsync(client, Grpc, content, []);
        var answers = await response.Content.ReadAsStreamAsync();
        await AssertNextAsync(answers, GrpcFrames.Message($"seen {messages[0].Length}"));
        Assert.Equal(messages[0], Upstream.Single.Body);
        gate.Open();
        await AssertNextAsync(answers, GrpcFrames.Message($"seen {messages[1].Length}"));

        Assert.Equal(0, await answers.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience.Long));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task Stream_ValueInALaterMessage_BreaksOffAndTheMessageNeverArrives()
    {
        var canary = Firewall.Register();
        var first = GrpcFrames.Message("one");
        Upstream.Reset(EachMessage);
        using var gate = new Gate();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var content = new PartsContent(gate, first, GrpcFrames.Message($"key {canary.Value}"));
        Firewall.MarkAudit();

        using var response = await CallAsync(client, Grpc, content, []);
        var answers = await response.Content.ReadAsStreamAsync();
        await AssertNextAsync(answers, GrpcFrames.Message($"seen {first.Length}"));
        gate.Open();

        await Assert.ThrowsAnyAsync<Exception>(async () => await answers.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience.Long));
        Assert.Equal(BodyEnd.Aborted, await Upstream.Single.Ended.WaitAsync(Patience.Long));
        Assert.Equal(first, Upstream.Single.Body);
        await Firewall.AuditAsync(record => record.Code == "secret_blocked");
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData("application/grpc-web+proto")]
    [InlineData("application/grpc-web-text")]
    public async Task WebCall_OverHttp1_PassesAndItsTrailersStayInTheBody(string type)
    {
        var question = Spell(type, GrpcFrames.Message("one"));
        byte[] answer = [.. Spell(type, GrpcFrames.Message("two")), .. Spell(type, GrpcFrames.Trailers("grpc-status: 0\r\n"))];
        Upstream.Reset(Answer.Bytes(type, answer));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("POST", "/pkg.Service/Method", Hosts.Tool, question, $"Content-Type: {type}");

        Assert.Equal((200, true), (response.Status, response.IsComplete));
        Assert.Equal(answer, response.Body);
        Assert.Equal(question, Upstream.Single.Body);
    }

    [Theory]
    [InlineData("application/grpc-web+proto")]
    [InlineData("application/grpc-web-text")]
    public async Task WebCall_WithALengthAndAValue_IsRefusedBeforeTheUpstreamHearsOfIt(string type)
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync(
            "POST", "/pkg.Service/Method", Hosts.Tool, Spell(type, GrpcFrames.Message($"key {canary.Value}")), $"Content-Type: {type}");

        Assert.Equal((403, "7"), (response.Status, response.Header("Grpc-Status")));
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    /// <summary>Answers each piece that arrives at once, and says how long it was.</summary>
    private static async Task EachMessage(UpstreamExchange exchange)
    {
        exchange.Header("Content-Type", Grpc);
        exchange.DeclareTrailer("grpc-status");
        await exchange.SendHeadAsync();
        while (await exchange.ReadSomeAsync() is var count and > 0)
        {
            await exchange.SendAsync(GrpcFrames.Message($"seen {count}"));
        }

        exchange.Trailer("grpc-status", "0");
    }

    private static UpstreamScript Says(byte[] body, params (string Name, string Value)[] headers) => Says(body, "fine", headers);

    private static UpstreamScript Says(byte[] body, string message, params (string Name, string Value)[] headers) => async exchange =>
    {
        await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", Grpc);
        foreach (var (name, value) in headers)
        {
            exchange.Header(name, value);
        }

        exchange.DeclareTrailer("grpc-status");
        exchange.DeclareTrailer("grpc-message");
        await exchange.SendAsync(body);
        exchange.Trailer("grpc-status", "0");
        exchange.Trailer("grpc-message", message);
    };

    private static byte[] Spell(string type, byte[] message) =>
        type.Contains("-text", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(Convert.ToBase64String(message)) : message;

    private static async Task AssertNextAsync(Stream answers, byte[] expected)
    {
        var seen = new byte[expected.Length];
        await answers.ReadExactlyAsync(seen).AsTask().WaitAsync(Patience.Long);
        Assert.Equal(expected, seen);
    }

    private static Task<HttpResponseMessage> CallAsync(HttpClient client, string type, byte[][] parts, params (string Name, string Value)[] headers) =>
        CallAsync(client, type, new PartsContent(parts), headers);

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, string type, HttpContent content, (string Name, string Value)[] headers)
    {
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/pkg.Service/Method") { Version = HttpVersion.Version20, Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Long);
    }

    /// <summary>The upstream may have heard of the call; it has no message, and knows that none will come.</summary>
    private async Task AssertNoneArrivedAsync()
    {
        foreach (var request in Upstream.Requests)
        {
            Assert.Equal(BodyEnd.Aborted, await request.Ended.WaitAsync(Patience.Long));
            Assert.Empty(request.Body);
        }
    }
}
