using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>Answers under a policy with rules about tool calls, as bytes.</summary>
public sealed class GatedAnswerTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private const string Bad = "delete_everything";

    public GatedAnswerTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("tools.json", """
            {
              "schema": "policy/v1",
              "rules": [ { "id": "reading", "on": "tool_call", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } } ]
            }
            """));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task CodedAnswer_DeniedCall_ComesCodedAndWithheld(string coding)
    {
        Upstream.Reset(Answer.Coded(coding, "application/json", Encoding.UTF8.GetBytes(ToolCallAnswers.Message(Bad, "read_file"))));

        var response = await PostAsync(Prompts.MessagesPath, Hosts.Anthropic, Prompts.Messages("Go."), $"Accept-Encoding: {coding}");

        var answer = JsonNode.Parse(Answer.Decode(coding, response.Body))!;
        Assert.Equal(["text", "text", "tool_use"], answer["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Contains("Decided by rule 'default'", (string?)answer["content"]![1]!["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowedAnswer_IsByteForByteAsTheUpstreamSentIt()
    {
        var body = ToolCallAnswers.Chat("read_file");
        Upstream.Reset(Answer.Json(body));

        Assert.Equal(body, (await PostAsync(Prompts.ChatPath, Hosts.OpenAi, Prompts.Chat("Go."))).Text);
    }

    [Fact]
    public async Task Stream_TextBeforeACall_ArrivesBeforeTheCallIsComplete()
    {
        using var gate = new Gate();
        var events = ToolCallAnswers.ChatEvents(Bad).Select(e => Encoding.UTF8.GetBytes(e + "\n\n")).ToArray();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, events[0], [.. events[1..].SelectMany(e => e)]));
        using var http = Firewall.CreateHttpClient(System.Net.HttpVersion.Version11);

        using var response = await http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.OpenAi}{Prompts.ChatPath}") { Content = new StringContent(Prompts.Chat("Go.", stream: true), Encoding.UTF8, "application/json") },
            HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var first = new byte[events[0].Length];
        await stream.ReadExactlyAsync(first);
        Assert.Equal(Encoding.UTF8.GetString(events[0]), Encoding.UTF8.GetString(first));
        gate.Open();
        var rest = await new StreamReader(stream).ReadToEndAsync();

        Assert.Contains("withheld", rest, StringComparison.Ordinal);
        Assert.DoesNotContain(Bad, rest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("application/vnd.amazon.eventstream")]
    [InlineData("audio/mpeg")]
    public async Task AnswerOfATypeThatNobodyReadsCallsIn_IsRefused(string contentType)
    {
        Upstream.Reset(Answer.Text(contentType, ToolCallAnswers.Chat("read_file")));

        var response = await PostAsync(Prompts.ChatPath, Hosts.OpenAi, Prompts.Chat("Go."));

        Assert.Equal(502, response.Status);
        Assert.Contains("upstream_uninspectable", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson")]
    public async Task AnswerUnderAnotherLabel_IsReadByItsShapeOrRefused(string contentType)
    {
        Upstream.Reset(Answer.Text(contentType, ToolCallAnswers.Chat(Bad)));

        Assert.DoesNotContain(Bad, (await PostAsync(Prompts.ChatPath, Hosts.OpenAi, Prompts.Chat("Go."))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerOnAnUnlistedHost_IsGatedByTheShapeOfTheRequest()
    {
        Upstream.Reset(Answer.Json(ToolCallAnswers.Chat(Bad)));

        var response = await PostAsync(Prompts.ChatPath, Hosts.Tool, Prompts.Chat("Go."));

        Assert.DoesNotContain(Bad, response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerToARequestThatLooksLikeAModelsAndLikeMcp_IsGated()
    {
        Upstream.Reset(Answer.Json(ToolCallAnswers.Chat(Bad)));
        var request = JsonNode.Parse(Prompts.Chat("Go."))!;
        (request["jsonrpc"], request["id"], request["method"]) = ("2.0", 1, "ping");

        var response = await PostAsync("/gateway", Hosts.Tool, request.ToJsonString());

        Assert.Single(Upstream.Requests);
        Assert.Equal(200, response.Status);
        Assert.Contains("withheld", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Bad, response.Text, StringComparison.Ordinal);
    }

    private async Task<RawResponse> PostAsync(string path, string host, string body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("POST", path, host, Encoding.UTF8.GetBytes(body), ["Content-Type: application/json", .. headers]);
    }
}
