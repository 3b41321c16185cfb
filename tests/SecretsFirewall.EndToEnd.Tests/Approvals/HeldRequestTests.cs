using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Approvals;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>A request that is held while a person reads: what its client sees meanwhile, and then.</summary>
public sealed class HeldRequestTests : FirewallTests, IClassFixture<ApprovalFixture>
{
    private const string Stream = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private readonly ApprovalFixture _firewall;

    public HeldRequestTests(ApprovalFixture firewall)
        : base(firewall)
    {
        _firewall = firewall;
        Assert.True(firewall.Approvals.Cancel(null));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task StreamOfAnthropic_IsPingedWhileItIsHeld_AndGoesOnAsTheUpstreamSendsIt(string version)
    {
        Upstream.Reset(Answer.Text("text/event-stream", Stream));
        using var client = Firewall.CreateHttpClient(Version.Parse(version));
        using var response = await PostAsync(client, Hosts.Anthropic, "/held/v1/messages", Prompts.Messages("Hi", stream: true));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal((200, "text/event-stream"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal("event: ping data: {\"type\": \"ping\"} ", $"{await reader.ReadLineAsync()} {await reader.ReadLineAsync()} {await reader.ReadLineAsync()}");
        Assert.Empty(Upstream.Requests);
        var waiting = _firewall.Waiting();
        Assert.Equal(waiting.Id, Assert.Single(response.Headers.GetValues("X-SFW-Decision")));
        _firewall.Approve(waiting.Id);

        Assert.EndsWith(Stream, await reader.ReadToEndAsync().WaitAsync(Patience.Long), StringComparison.Ordinal);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task StreamOfOpenAi_ThatIsDenied_EndsWithAnErrorThatItsClientReads()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        using var response = await PostAsync(client, Hosts.OpenAi, "/held/v1/chat/completions", Prompts.Chat("Hi", stream: true));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(": held", await reader.ReadLineAsync());
        _firewall.Deny(_firewall.Waiting().Id);

        var data = (await reader.ReadToEndAsync().WaitAsync(Patience.Long)).Split('\n').Single(line => line.StartsWith("data: ", StringComparison.Ordinal));

        var error = JsonNode.Parse(data["data: ".Length..])!["error"]!;
        Assert.Equal("policy_denied", (string?)error["code"]);
        Assert.Contains("A person has said no", (string?)error["message"], StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task McpCall_ThatIsHeldAndAnsweredByPlainJson_IsOneEvent()
    {
        const string answer = """{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"done"}]}}""";
        Http1Upstream.Reset(Answer.Json(answer));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        client.DefaultRequestHeaders.Add("Accept", "application/json, text/event-stream");
        using var response = await PostAsync(client, Hosts.Http1Tool, "/mcp", """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"t","arguments":{}}}""");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(": held", await reader.ReadLineAsync());
        _firewall.Approve(_firewall.Waiting().Id);

        Assert.EndsWith($"event: message\ndata: {answer}\n\n", await reader.ReadToEndAsync().WaitAsync(Patience.Long), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamOfGemini_GetsNoByteWhileItIsHeld()
    {
        Upstream.Reset(Answer.Text("text/event-stream", "data: {}\n\n"));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        var asked = PostAsync(client, Hosts.OpenAi, "/held/v1beta/models/gemini-x:streamGenerateContent?alt=sse", """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}""");
        var anthropic = PostAsync(client, Hosts.Anthropic, "/held/v1/messages", Prompts.Messages("A later one, whose signs come.", stream: true));
        using (await anthropic)
        {
            // Longer than the first sign takes: the one that was asked before has none.
        }

        Assert.False(asked.IsCompleted);
        foreach (var waiting in _firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!)
        {
            _firewall.Approve(waiting.Id);
        }

        using var response = await asked;
        Assert.Equal("data: {}\n\n", await response.Content.ReadAsStringAsync());
    }

    [ClientTheory(Client.OpenAiSdk)]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Sdk_ThatStreams_ReadsPastTheSigns(string api)
    {
        Upstream.Reset(Answer.Text("text/event-stream", api == "openai"
            ? "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\ndata: [DONE]\n\n"
            : Stream.Replace("event: message_stop", "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hello\"}}\n\nevent: message_stop", StringComparison.Ordinal)));
        await using var client = JsonClient.Start(Client.OpenAiSdk, "held.mjs", Firewall.ClientEnvironment);
        await client.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["api"] = api, ["request"] = JsonNode.Parse(api == "openai" ? Prompts.Chat("Go.", stream: true) : Prompts.Messages("Go.", stream: true)) }));
        Assert.Equal("begun", (string?)(await client.NextAsync().WaitAsync(Patience.Client))["event"]); // its head has come, and with it a sign
        _firewall.Approve(_firewall.Waiting().Id);

        Assert.Contains("Hello", (string?)(await client.NextAsync().WaitAsync(Patience.Client))["text"], StringComparison.Ordinal);
        (await client.FinishAsync()).Succeeded();
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string host, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{host}{path}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
