using System.IO.Compression;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Masking;

/// <summary>An upstream that gives the value away: the client sees the reference.</summary>
public sealed class ResponseMaskingTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Start =
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";

    private const string Stop = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";

    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Symbols)]
    [InlineData(CanaryShape.Unicode)]
    public async Task PlainBody_WithValue_ClientSeesTheReference(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);
        Upstream.Reset(Answer.Text("text/plain; charset=utf-8", $"your key is {canary.Value}, keep it"));

        var response = await GetAsync();

        Assert.Equal($"your key is {canary.Reference}, keep it", response.Text);
        AssertNowhere([canary], response.Body);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CodedBody_WithValue_ClientDecodesTheReference(string coding)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Coded(coding, "application/json", Encoding.UTF8.GetBytes($$"""{"key":"{{canary.Value}}"}""")));

        var response = await GetAsync($"Accept-Encoding: {coding}");

        Assert.Equal(coding, response.Header("Content-Encoding"));
        var plain = Answer.Decode(coding, response.Body);
        Assert.Equal($$"""{"key":"{{canary.Reference}}"}""", Encoding.UTF8.GetString(plain));
        AssertNowhere([canary], response.Body, plain);
    }

    [Fact]
    public async Task Head_ValueInHeaders_ClientSeesTheReference()
    {
        var canary = Firewall.Register();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("X-Key", canary.Value).Header("Set-Cookie", $"session={canary.Value}; Secure").Header("Location", $"/next?key={canary.Value}");
            await exchange.SendAsync("ok"u8.ToArray());
        });

        var response = await GetAsync();

        Assert.Equal(canary.Reference, response.Header("X-Key"));
        Assert.Equal($"session={canary.Reference}; Secure", response.Header("Set-Cookie"));
        Assert.Equal($"/next?key={canary.Reference}", response.Header("Location"));
        AssertNowhere([canary], [.. response.Headers.Select(h => Encoding.UTF8.GetBytes(h.Value))]);
    }

    [Fact]
    public async Task EventStream_ValueInSeveralEvents_EachIsMasked()
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Events($$"""data: {"text":"{{canary.Value}}"}""", "data: nothing here", $"data: and {canary.Value}"));

        var response = await GetAsync();

        Assert.Equal($"data: {{\"text\":\"{canary.Reference}\"}}\n\ndata: nothing here\n\ndata: and {canary.Reference}\n\n", response.Text);
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task EventStream_EventThatEndsLikeAValueBegins_LeavesWhenItIsComplete()
    {
        var canary = Firewall.Register();
        using var gate = new Gate();
        var first = $"data: {canary.Value[..20]}\n\n";
        Upstream.Reset(Answer.Gated("text/event-stream", gate, Encoding.ASCII.GetBytes(first), "data: next\n\n"u8.ToArray()));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        await client.SendAsync($"GET /events HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\n");

        var (status, _, headers) = await client.Reader.ReadHeadAsync();
        var text = "";
        await foreach (var part in client.Reader.ReadBodyAsync("GET", status, headers, [], () => Assert.Fail("The stream broke off.")))
        {
            text += Encoding.ASCII.GetString(part.Span);
            if (text == first)
            {
                gate.Open();
            }
        }

        Assert.Equal(first + "data: next\n\n", text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task EventStream_ValueInPiecesOfSeveralDeltas_ReferenceStandsWhereItStarts(string? coding)
    {
        var canary = Firewall.Register();
        string[] pieces = [.. canary.Value.Chunk(7).Select(letters => new string(letters))];
        var stream = Stream("the key is " + pieces[0], [.. pieces[1..^1], pieces[^1] + ", keep it"]);
        var masked = Stream("the key is " + canary.Reference, [.. pieces[1..^1].Select(_ => ""), ", keep it"]);
        Upstream.Reset(coding is null
            ? Answer.Parts("text/event-stream; charset=utf-8", [.. Encoding.UTF8.GetBytes(stream).Chunk(50)])
            : Answer.Coded(coding, "text/event-stream; charset=utf-8", Encoding.UTF8.GetBytes(stream)));
        await using var client = await Firewall.TunnelAsync(Hosts.Anthropic);

        var response = await client.RequestAsync(
            "POST", "/v1/messages", Hosts.Anthropic, """{"stream":true}"""u8.ToArray(), "Content-Type: application/json", "Accept-Encoding: gzip");

        Assert.Equal((200, true), (response.Status, response.IsComplete));
        var plain = coding is null ? response.Body : Answer.Decode(coding, response.Body);
        Assert.Equal(masked, Encoding.UTF8.GetString(plain));
        AssertNowhere([canary], response.Body, plain);

        static string Stream(string first, string[] next) =>
            Start + Delta(first) + "event: ping\ndata: {\"type\": \"ping\"}\n\n" + string.Concat(next.Select(Delta)) + Stop;
    }

    [Fact]
    public async Task EventStream_DeltaWithNothingOpen_LeavesBeforeTheNextComes()
    {
        Firewall.Register();
        using var gate = new Gate();
        var first = Start + Delta("Hello.");
        Upstream.Reset(Answer.Gated("text/event-stream", gate, Encoding.ASCII.GetBytes(first), Encoding.ASCII.GetBytes(Delta(" Bye.") + Stop)));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        await client.SendAsync($"GET /events HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\n");

        var (status, _, headers) = await client.Reader.ReadHeadAsync();
        var text = "";
        await foreach (var part in client.Reader.ReadBodyAsync("GET", status, headers, [], () => Assert.Fail("The stream broke off.")))
        {
            text += Encoding.ASCII.GetString(part.Span);
            if (text == first)
            {
                gate.Open();
            }
        }

        Assert.Equal(first + Delta(" Bye.") + Stop, text);
    }

    [Fact]
    public async Task MaskedBody_WithLengthAndValidators_LosesThem()
    {
        var canary = Firewall.Register();
        var body = Encoding.ASCII.GetBytes($"it is {canary.Value}");
        Upstream.Reset(Answer.Bytes("text/plain", body, ("ETag", "\"strong\""), ("Content-MD5", Convert.ToBase64String(new byte[16]))));

        var response = await GetAsync();

        Assert.Equal($"it is {canary.Reference}", response.Text);
        Assert.NotEqual(body.Length.ToString(), response.Header("Content-Length"));
        Assert.NotEqual("\"strong\"", response.Header("ETag"));
        Assert.Null(response.Header("Content-MD5"));
    }

    [Fact]
    public async Task PartialContent_WithValue_IsAborted()
    {
        var canary = Firewall.Register();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(206).Header("Content-Type", "text/plain").Header("Content-Range", $"bytes 0-{canary.Value.Length - 1}/100")
                .Header("Content-Length", canary.Value.Length.ToString());
            await exchange.SendAsync(canary.Bytes);
        });

        var response = await GetOrBreakAsync();

        Assert.True(response is null || !response.IsComplete || response.Status >= 400);
        AssertNowhere([canary], response?.Body ?? []);
    }

    [Fact]
    public async Task BinaryDownload_WithValue_IsAbortedAndNotRewritten()
    {
        var canary = Firewall.Register();
        byte[] body = [.. "PK\u0003\u0004"u8, .. new byte[100], .. canary.Bytes, .. new byte[100]];
        Upstream.Reset(Answer.Bytes("application/zip", body));

        var response = await GetOrBreakAsync();

        Assert.True(response is null || !response.IsComplete || response.Status >= 400);
        AssertNowhere([canary], response?.Body ?? []);
    }

    [Theory]
    [InlineData("application/zip")]
    [InlineData("application/x-gzip")]
    [InlineData("application/octet-stream")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task Archive_WithValueInAFile_IsAborted(string type)
    {
        var canary = Firewall.Register();
        var archive = type == "application/zip" ? Zip(canary.Value) : Answer.Encode("gzip", Encoding.UTF8.GetBytes($"{Filler}key: {canary.Value}\n"));
        Upstream.Reset(Answer.Bytes(type, archive));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync();

        Assert.True(response is null || !response.IsComplete || response.Status >= 400);
        var record = await Firewall.AuditAsync(record => record.Code == "secret_blocked");
        Assert.Contains(record.Findings, finding => finding.Name == canary.Name && finding.Location.StartsWith("response:archive#", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("application/zip", 0)]
    [InlineData("application/x-gzip", 0)]
    [InlineData("application/x-gzip", 50)]
    [InlineData("text/plain", 0)]
    public async Task Archive_CleanOrDamaged_ArrivesUnchanged(string type, int missing)
    {
        var archive = type == "application/zip" ? Zip("none") : Answer.Encode("gzip", Encoding.UTF8.GetBytes(Filler))[..^missing];
        Upstream.Reset(Answer.Bytes(type, archive));

        Assert.Equal(archive, (await GetAsync()).Body);
    }

    /// <summary>A repository as a server without git gives it out: its objects one by one, or its packs.</summary>
    [Theory]
    [InlineData("application/x-git-loose-object", "")]
    [InlineData("application/x-git-loose-object", "gzip")]
    [InlineData("application/x-git-packed-objects", "")]
    public async Task GitObject_WithValue_IsAborted(string type, string coding)
    {
        var canary = Firewall.Register();
        Upstream.Reset(coding.Length > 0 ? Answer.Coded(coding, type, GitObject(type, canary.Value)) : Answer.Bytes(type, GitObject(type, canary.Value)));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync();

        Assert.True(response is null || !response.IsComplete || response.Status >= 400);
        var record = await Firewall.AuditAsync(record => record.Code == "secret_blocked");
        Assert.Contains(record.Findings, finding => finding.Name == canary.Name);
    }

    [Theory]
    [InlineData("application/x-git-loose-object")]
    [InlineData("application/x-git-packed-objects")]
    public async Task GitObject_Clean_ArrivesUnchanged(string type)
    {
        var body = GitObject(type, "none");
        Upstream.Reset(Answer.Bytes(type, body));

        Assert.Equal(body, (await GetAsync()).Body);
    }

    private static byte[] GitObject(string type, string secret)
    {
        var content = Encoding.UTF8.GetBytes($"{Filler}key: {secret}\n");
        if (type == "application/x-git-loose-object")
        {
            return Zlib([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]);
        }

        // One blob: four bits of its length with its kind, then seven at a time.
        var (head, length) = (new List<byte> { (byte)(0xB0 | (content.Length & 15)) }, content.Length >> 4);
        for (; length > 0x7F; length >>= 7)
        {
            head.Add((byte)(0x80 | (length & 0x7F)));
        }

        byte[] pack = [.. "PACK"u8, 0, 0, 0, 2, 0, 0, 0, 1, .. head, (byte)length, .. Zlib(content)];
#pragma warning disable CA5350 // As git does.
        return [.. pack, .. System.Security.Cryptography.SHA1.HashData(pack)];
#pragma warning restore CA5350

        static byte[] Zlib(byte[] text)
        {
            var target = new MemoryStream();
            using (var coder = new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true))
            {
                coder.Write(text);
            }

            return target.ToArray();
        }
    }

    private static string Filler { get; } = string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i}\n"));

    private static byte[] Zip(string secret)
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var file = zip.CreateEntry("settings.txt").Open();
            file.Write(Encoding.UTF8.GetBytes($"{Filler}key: {secret}\n"));
        }

        return target.ToArray();
    }

    private async Task<Drivers.RawResponse> GetAsync(params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, headers);
        Assert.Equal((200, true), (response.Status, response.IsComplete));
        return response;
    }

    /// <summary>Null where the connection ended before a head came.</summary>
    private async Task<Drivers.RawResponse?> GetOrBreakAsync()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        try
        {
            return await client.RequestAsync("GET", "/thing", Hosts.Tool);
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    private static string Delta(string text) =>
        $$$"""event: content_block_delta{{{"\n"}}}data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{text}}}"}}{{{"\n\n"}}}""";
}
