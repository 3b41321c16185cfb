using System.IO.Compression;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Exchanges;

/// <summary>Bodies in their less usual shapes: several codings, raw deflate, forms of several parts, ranges, digests.</summary>
public sealed class BodyTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("gzip, br")]
    [InlineData("br, deflate, gzip")]
    [InlineData("raw deflate")]
    public async Task Request_StackedOrRawCodings_AreReadAndWritten(string codings)
    {
        var canary = Firewall.Register();
        var body = Encode(codings, Encoding.UTF8.GetBytes(Prompts.Chat($"Deploy with {canary.Value} now.")));
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync(
            "POST", Prompts.ChatPath, Hosts.OpenAi, body, "Content-Type: application/json", $"Content-Encoding: {Field(codings)}");

        Assert.Equal(200, response.Status);
        Assert.Equal(Field(codings), Upstream.Single.Header("Content-Encoding"));
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Decode(Field(codings), Upstream.Single.Body)));
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData("deflate, gzip")]
    [InlineData("gzip, gzip, br")]
    [InlineData("raw deflate")]
    public async Task Answer_StackedOrRawCodings_AreReadAndWritten(string codings)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Bytes("text/plain", Encode(codings, Encoding.UTF8.GetBytes($"key {canary.Value}.")), ("Content-Encoding", Field(codings))));

        var response = await GetAsync("Accept-Encoding: gzip, deflate, br");

        var plain = Decode(Field(codings), response.Body);
        Assert.Equal((Field(codings), $"key {canary.Reference}."), (response.Header("Content-Encoding"), Encoding.UTF8.GetString(plain)));
        AssertNowhere([canary], response.Body, plain);
    }

    [Fact]
    public async Task Answer_Bomb_BreaksOff()
    {
        var bomb = Answer.Encode("br", new byte[64 * 1024 * 1024], CompressionLevel.SmallestSize);
        Upstream.Reset(Answer.Bytes("text/plain", bomb, ("Content-Encoding", "br")));
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var isWhole = false;
        try
        {
            var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, "Accept-Encoding: br");
            isWhole = response is { Status: 200, IsComplete: true };
        }
        catch (EndOfStreamException)
        {
            // Cut before the head was out.
        }

        Assert.False(isWhole);
        await Firewall.AuditAsync(record => record.Code == "upstream_uninspectable");
    }

    [Theory]
    [InlineData(Hosts.OpenAi)]
    [InlineData(Hosts.Tool)]
    public async Task Form_ValueInAFieldAFileNameOrAPartsHead_IsMaskedAndTheBoundaryStays(string host)
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(host);

        var response = await client.RequestAsync("POST", "/v1/files", host, Encoding.UTF8.GetBytes(Form(canary.Value)), "Content-Type: multipart/form-data; boundary=\"b 1\"");

        Assert.Equal(200, response.Status);
        Assert.Equal(Form(canary.Reference), Upstream.Single.BodyText);
        Assert.Equal(
            ("multipart/form-data; boundary=\"b 1\"", Upstream.Single.Body.Length.ToString()),
            (Upstream.Single.Header("Content-Type"), Upstream.Single.Header("Content-Length")));
        AssertNowhere([canary]);

        static string Form(string value) => string.Join("\r\n",
            "--b 1", "Content-Disposition: form-data; name=\"purpose\"", "", $"with {value}",
            "--b 1", $"Content-Disposition: form-data; name=\"file\"; filename=\"key-{value}.txt\"", "Content-Type: text/plain", $"X-Note: {value}", "", "some text",
            "--b 1--", "");
    }

    [Theory]
    [InlineData("form-data; name=\"file\"; filename=\"{value}.png\"", "no value")]
    [InlineData("form-data; name=\"file\"; filename=\"a.png\"", "{value}")]
    public async Task Form_ValueBesideOrInBinaryData_IsRefused(string disposition, string data)
    {
        var canary = Firewall.Register();
        byte[] body =
        [
            .. Encoding.ASCII.GetBytes($"--b\r\nContent-Disposition: {disposition.Replace("{value}", canary.Value, StringComparison.Ordinal)}\r\nContent-Type: image/png\r\n\r\n"),
            0x89, 0xff, 0xfe, .. Encoding.ASCII.GetBytes(data.Replace("{value}", canary.Value, StringComparison.Ordinal)), .. "\r\n--b--\r\n"u8,
        ];
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("POST", "/v1/files", Hosts.OpenAi, body, "Content-Type: multipart/form-data; boundary=b");

        Assert.InRange(response.Status, 400, 403);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public async Task Range_OfWhatHoldsNothing_ArrivesAsItWasAskedFor(string type)
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(206).Header("Content-Type", type).Header("Content-Range", "bytes 2-5/10").Header("Content-Length", "4").Header("ETag", "\"strong\"");
            await exchange.SendAsync("cdef"u8.ToArray());
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, "Range: bytes=2-5", "If-Range: \"strong\"");

        Assert.Equal(("bytes=2-5", "\"strong\""), (Upstream.Single.Header("Range"), Upstream.Single.Header("If-Range")));
        Assert.Equal(
            (206, "bytes 2-5/10", "4", "\"strong\"", "cdef"),
            (response.Status, response.Header("Content-Range"), response.Header("Content-Length"), response.Header("ETag"), response.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ranges_InSeveralParts_ArriveUnchangedOrNotAtAll(bool hasValue)
    {
        var canary = Firewall.Register();
        var body = Encoding.ASCII.GetBytes(string.Join("\r\n",
            "--r", "Content-Type: text/plain", "Content-Range: bytes 0-3/100", "", "abcd",
            "--r", "Content-Type: text/plain", "Content-Range: bytes 50-99/100", "", hasValue ? canary.Value : "efgh", "--r--", ""));
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(206).Header("Content-Type", "multipart/byteranges; boundary=r").Header("Content-Length", body.Length.ToString());
            await exchange.SendAsync(body);
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        RawResponse? response = null;
        try
        {
            response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, "Range: bytes=0-3,50-99");
        }
        catch (EndOfStreamException)
        {
            // Cut before the head was out.
        }

        Assert.Equal(!hasValue, response is { Status: 206, IsComplete: true } && response.Body.AsSpan().SequenceEqual(body));
        AssertNowhere([canary], response?.Body ?? []);
    }

    [Theory]
    [InlineData("Content-MD5")]
    [InlineData("Digest")]
    [InlineData("Content-Digest")]
    [InlineData("Repr-Digest")]
    public async Task Digest_OfABodyThatMayChange_IsRemovedFromAnAnswerAndRefusesARequest(string field)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Bytes("text/plain", canary.Bytes, (field, "sha-256=:AAAA:")));

        var answer = await GetAsync();

        Assert.Equal((null, canary.Reference), (answer.Header(field), answer.Text));

        Upstream.Reset();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var refused = await client.RequestAsync("POST", "/thing", Hosts.Tool, canary.Bytes, "Content-Type: text/plain", $"{field}: sha-256=:AAAA:");
        Assert.Equal(403, refused.Status);
        Assert.Contains("signed_request", refused.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    /// <summary>The client library behind us reads no answer over HTTP/1.1 while it writes; over HTTP/2 an early one is early.</summary>
    [Fact]
    public async Task EarlyAnswer_OverHttp1_ReachesTheClientOnceItsBodyWasSent()
    {
        Http1Upstream.Reset(async exchange =>
        {
            exchange.Status(413).Header("Content-Type", "text/plain");
            await exchange.SendAsync("too much"u8.ToArray());
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
        await Http1Upstream.NextAsync();
        await client.SendAsync("4\r\nrest\r\n0\r\n\r\n");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal((413, "too much"), (response.Status, response.Text));
    }

    private static string Field(string codings) => codings == "raw deflate" ? "deflate" : codings;

    private static byte[] Encode(string codings, byte[] plain)
    {
        if (codings != "raw deflate")
        {
            return codings.Split(", ").Aggregate(plain, (body, coding) => Answer.Encode(coding, body));
        }

        var coded = new MemoryStream();
        using (var encoder = new DeflateStream(coded, CompressionLevel.Fastest, leaveOpen: true))
        {
            encoder.Write(plain);
        }

        return coded.ToArray();
    }

    private static byte[] Decode(string codings, byte[] coded) =>
        codings.Split(", ").Reverse().Aggregate(coded, (body, coding) => Answer.Decode(coding, body));

    private async Task<RawResponse> GetAsync(params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, headers);
        Assert.Equal((200, true), (response.Status, response.IsComplete));
        return response;
    }
}
