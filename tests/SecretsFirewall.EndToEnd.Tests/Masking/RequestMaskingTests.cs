using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Masking;

/// <summary>A registered value on its way to a model: in every form that the matcher promises, in every part of a request.</summary>
public sealed class RequestMaskingTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    public static TheoryData<CanaryShape> Shapes => [.. Enum.GetValues<CanaryShape>()];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Prompt_ValueOfAnyShape_ModelReceivesTheReference(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);

        await PromptAsync($"before {canary.Value} after");

        Assert.Equal($"before {canary.Reference} after", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Symbols)]
    public async Task Prompt_ValuePercentEncoded_ModelReceivesTheReference(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);

        await PromptAsync($"see https://x.example/?k={Uri.EscapeDataString(canary.Value)}&l=1");

        Assert.Equal($"see https://x.example/?k={canary.Reference}&l=1", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Prompt_ValueInsideBase64_StaysDecodableAndHoldsTheReference(int before)
    {
        var canary = Firewall.Register();
        var secret = new string('u', before) + canary.Value + ":tail";

        await PromptAsync($"header: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(secret))} end");

        var words = Prompts.PromptOf(Upstream.Single.Body).Split(' ');
        var decoded = Encoding.ASCII.GetString(Convert.FromBase64String(words[2]));
        Assert.Contains(canary.Reference, decoded, StringComparison.Ordinal);
        Assert.StartsWith(new string('u', before), decoded, StringComparison.Ordinal);
        Assert.EndsWith(":tail", decoded, StringComparison.Ordinal);
        Assert.Equal("end", words[3]);
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_OfAnArchiveWithAValueInIt_IsRefused(bool isDeclared)
    {
        var canary = Firewall.Register();
        var filler = string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i}\n"));
        using var client = Firewall.CreateHttpClient(System.Net.HttpVersion.Version11);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"https://{Hosts.Tool}/upload")
        {
            Content = new ByteArrayContent(Answer.Encode("gzip", Encoding.UTF8.GetBytes($"{filler}{canary.Value}\n{filler}"))),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
        request.Headers.TransferEncodingChunked = !isDeclared;
        Firewall.MarkAudit();

        try
        {
            using var response = await client.SendAsync(request);
            Assert.Equal(403, (int)response.StatusCode);
        }
        catch (HttpRequestException)
        {
            Assert.False(isDeclared, "What was read whole is refused before anything leaves.");
        }

        await Firewall.AuditAsync(record => record.Code == "secret_blocked" && record.Findings.Any(finding => finding.Name == canary.Name));
        Assert.All(Upstream.Requests, one => Assert.NotEqual(BodyEnd.Complete, one.Ended.IsCompleted ? one.Ended.Result : BodyEnd.Aborted));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Prompt_ValueInJsonInsideAJsonString_StaysValidAtBothDepths()
    {
        var canary = Firewall.Register(CanaryShape.Symbols);

        await PromptAsync(JsonSerializer.Serialize(new { password = canary.Value }));

        using var inner = JsonDocument.Parse(Prompts.PromptOf(Upstream.Single.Body));
        Assert.Equal(canary.Reference, inner.RootElement.GetProperty("password").GetString());
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Head_ValueInQueryAndHeader_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Base64);
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync(
            "GET", $"/v1/models?note={Uri.EscapeDataString(canary.Value)}&a=b", Hosts.OpenAi, default, $"X-Note: see {canary.Value}.");

        Assert.Equal(200, response.Status);
        Assert.Equal($"/v1/models?note={canary.Reference}&a=b", Upstream.Single.Target);
        Assert.Equal($"see {canary.Reference}.", Upstream.Single.Header("X-Note"));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Head_ValueInBasicCredentials_ModelReceivesTheReference()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"user:{canary.Value}"));

        var response = await client.RequestAsync("GET", "/v1/models", Hosts.OpenAi, default, $"Authorization: Basic {credentials}");

        Assert.Equal(200, response.Status);
        var received = Upstream.Single.Header("Authorization")!;
        Assert.Equal($"user:{canary.Reference}", Encoding.ASCII.GetString(Convert.FromBase64String(received["Basic ".Length..])));
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Prompt_AgentsOwnToken_IsMaskedAsARuleFinding()
    {
        var token = Firewall.Credentials.Split(':')[1];

        await PromptAsync($"env says HTTPS_PROXY=http://agent:{token}@127.0.0.1:8888");

        var prompt = Prompts.PromptOf(Upstream.Single.Body);
        Assert.DoesNotContain(token, prompt, StringComparison.Ordinal);
        Assert.Matches(@"http://agent:SECRET_REF\(auto\.[A-Za-z0-9_.-]+\)@127\.0\.0\.1:8888$", prompt);
    }

    [Fact]
    public async Task Prompt_ReferencesInModelTraffic_PassAsPlainText()
    {
        var canary = Firewall.Register();
        var body = Prompts.Chat($"use {canary.Reference} or SECRET_REF(nobody_knows_it)");

        await PostAsync(body, "application/json");

        Assert.Equal(body, Upstream.Single.BodyText);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CodedBody_WithValue_ArrivesValidAndMasked(string coding)
    {
        var canary = Firewall.Register();
        var body = Answer.Encode(coding, Encoding.UTF8.GetBytes(Prompts.Chat($"Deploy with {canary.Value} now.")));

        await PostAsync(body, "application/json", $"Content-Encoding: {coding}");

        Assert.Equal(coding, Upstream.Single.Header("Content-Encoding"));
        var plain = Answer.Decode(coding, Upstream.Single.Body);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(plain));
        new LeakCheck(canary).AssertClean("The decoded body", plain);
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData(Hosts.OpenAi)]
    [InlineData(Hosts.Tool)]
    public async Task Method_ThatIsAValue_IsRefused(string host)
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(host);

        var response = await client.RequestAsync(canary.Value, "/thing", host);

        Assert.InRange(response.Status, 400, 499);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task Host_ThatHoldsAValue_IsRefusedAndRecordedMasked()
    {
        var canary = Firewall.Register(CanaryShape.Label);
        await using var tunnel = await Firewall.TunnelAsync($"{canary.Value}.example.net");
        await using var plain = await Drivers.RawClient.DialAsync(Firewall.Proxy);

        var inTunnel = await tunnel.RequestAsync("GET", "/", $"{canary.Value}.example.net");
        var inTheClear = await plain.RequestAsync(
            "GET", $"http://{canary.Value}.example.net/", $"{canary.Value}.example.net", default, Firewall.ProxyAuthorization);

        Assert.Equal((403, 403), (inTunnel.Status, inTheClear.Status));
        AssertNowhere([canary], inTunnel.Body, inTheClear.Body);
    }

    [Fact]
    public async Task HeaderName_ThatIsAValue_IsRefused()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("GET", "/v1/models", Hosts.OpenAi, default, $"{canary.Value}: 1");

        Assert.InRange(response.Status, 400, 499);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task ContentType_ThatLies_ChangesNothing()
    {
        var canary = Firewall.Register();

        await PostAsync(Prompts.Chat(canary.Value), "image/png");

        Assert.Equal(Prompts.Chat(canary.Reference), Upstream.Single.BodyText);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task RequestTrailers_WithAValue_AreNotForwarded()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        await client.SendAsync(
            $"POST {Prompts.ChatPath} HTTP/1.1\r\nHost: {Hosts.OpenAi}\r\nTransfer-Encoding: chunked\r\nTrailer: X-Key\r\n\r\n2\r\n{{}}\r\n0\r\nX-Key: {canary.Value}\r\n\r\n");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(400, response.Status);
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task ToolBody_WithValue_ToolReceivesTheReference()
    {
        var canary = Firewall.Register();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync(
            "POST", "/issues", Hosts.Tool, Encoding.UTF8.GetBytes($$"""{"title":"it is {{canary.Value}}"}"""), "Content-Type: application/json");

        Assert.Equal(200, response.Status);
        Assert.Equal($$"""{"title":"it is {{canary.Reference}}"}""", Upstream.Single.BodyText);
        AssertNowhere([canary]);
    }

    private Task PromptAsync(string prompt) => PostAsync(Prompts.Chat(prompt), "application/json");

    private Task PostAsync(string body, string contentType) => PostAsync(Encoding.UTF8.GetBytes(body), contentType);

    private async Task PostAsync(byte[] body, string contentType, params string[] headers)
    {
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var response = await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, body, [$"Content-Type: {contentType}", .. headers]);
        Assert.Equal((200, Prompts.ChatAnswer), (response.Status, response.Text));
    }
}
