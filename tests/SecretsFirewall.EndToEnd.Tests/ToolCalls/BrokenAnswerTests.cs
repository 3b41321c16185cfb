using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using static SecretsFirewall.EndToEnd.Tests.ToolCalls.ToolCallPolicy;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>Streams that fail or break off within a call that the policy allows: the SDK hears of it, and gets no half of a call.</summary>
public sealed class BrokenAnswerTests : FirewallTests, IClassFixture<FirewallFixture>
{
    public BrokenAnswerTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("tools.json", Text));

    [ClientTheory(Client.OpenAiSdk)]
    [InlineData("anthropic", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Too busy.\"}}")]
    [InlineData("chat", "data: {\"error\":{\"message\":\"Too busy.\",\"type\":\"server_error\",\"code\":\"server_error\"}}")]
    [InlineData("responses", "event: error\ndata: {\"type\":\"error\",\"sequence_number\":9,\"code\":\"server_error\",\"message\":\"Too busy.\",\"param\":null}")]
    [InlineData("gemini", "data: {\"error\":{\"code\":503,\"message\":\"Too busy.\",\"status\":\"UNAVAILABLE\"}}")]
    public async Task ErrorOfTheProviderWithinACall_IsWhatTheSdkThrows(string api, string error)
    {
        var events = Events(api);
        Upstream.Reset(Answer.Events([.. WithinTheCall(events), error]));

        var line = Assert.Single(await TalkAsync(api));

        Assert.Contains("Too busy.", (string?)line["error"]?["message"], StringComparison.Ordinal);
    }

    [ClientTheory(Client.OpenAiSdk)]
    [InlineData("anthropic")]
    [InlineData("chat")]
    [InlineData("responses")]
    public async Task EndOfTheStreamWithinACall_IsAnErrorAndNoCall(string api)
    {
        Firewall.MarkAudit();
        Upstream.Reset(Answer.Events(WithinTheCall(Events(api))));

        var line = Assert.Single(await TalkAsync(api));

        Assert.NotNull(line["error"]);
        Assert.DoesNotContain(Good, line.ToJsonString(), StringComparison.Ordinal);
        var outcome = await Firewall.AuditAsync(record => record.Code is not null);
        Assert.Equal(("upstream_uninspectable", "tool_calls"), (outcome.Code, outcome.Rule));
    }

    [Theory]
    [InlineData("application/x-ndjson", "ollama")]
    [InlineData(AmazonFrames.ContentType, "converse")]
    [InlineData(AmazonFrames.ContentType, "claude")]
    public async Task Stream_ByteByByte_OnlyTheAllowedCallArrivesAndTheRestAsItCame(string contentType, string api)
    {
        byte[][] parts = api switch
        {
            "ollama" => ToolCallAnswers.OllamaLines(Good, Bad),
            "converse" => ToolCallAnswers.ConverseFrames(Good, Bad),
            _ => ToolCallAnswers.ClaudeFrames(Good, Bad),
        };
        byte[] stream = [.. parts.SelectMany(part => part)];
        Upstream.Reset(Answer.Parts(contentType, [.. stream.Chunk(1)]));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("POST", "/model/m/converse-stream", Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat("Go.")), "Content-Type: application/json");

        Assert.Equal((200, true), (response.Status, response.IsComplete));
        var (denied, allowed) = (Encoding.UTF8.GetBytes(Bad), (byte[])[.. parts.Take(parts.Length / 2 - 2).SelectMany(part => part)]);
        Assert.True(response.Body.AsSpan().StartsWith(allowed));
        Assert.True(response.Body.AsSpan().IndexOf(denied) < 0);
        Assert.DoesNotContain(Bad, Carried(response.Body), StringComparison.Ordinal);
        Assert.Contains("withheld a tool call", Carried(response.Body), StringComparison.Ordinal);
    }

    // What stands in base64 in it, and the rest.
    private static string Carried(byte[] body) => string.Concat(Encoding.UTF8.GetString(body).Split("\"bytes\":\"").Select((part, i) =>
        i == 0 ? part : Encoding.UTF8.GetString(Convert.FromBase64String(part[..part.IndexOf('"', StringComparison.Ordinal)]))));

    private static string[] Events(string api) => api switch
    {
        "anthropic" => ToolCallAnswers.MessageEvents(Good),
        "chat" => ToolCallAnswers.ChatEvents(Good),
        "responses" => ToolCallAnswers.ResponseEvents(Good),
        _ => ["data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"read_file\",\"willContinue\":true}}]}}]}", "", ""],
    };

    /// <summary>Up to the first event that names the tool, and one more.</summary>
    private static string[] WithinTheCall(string[] events) => [.. events.Take(Array.FindIndex(events, one => one.Contains(Good, StringComparison.Ordinal)) + 2).Where(one => one.Length > 0)];

    private async Task<IReadOnlyList<JsonNode>> TalkAsync(string api)
    {
        var (_, lines) = await JsonClient.RunAsync(
            Client.OpenAiSdk, "conversation.mjs", Firewall.ClientEnvironment, new JsonObject { ["api"] = api, ["stream"] = true, ["url"] = $"https://{Hosts.OpenAi}" });
        return lines;
    }
}
