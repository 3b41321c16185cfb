using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>The SDK holds a reference for its key. It sends it as <c>Authorization: Bearer</c> or as <c>x-api-key</c>, by version.</summary>
public sealed class AnthropicSdkTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Script = "anthropic.mjs";

    [ClientFact(Client.AnthropicSdk)]
    public async Task AnthropicSdk_SecretInPrompt_ModelReceivesTheReferenceAndTheKeyIsBound()
    {
        var (canary, key) = (Firewall.Register(CanaryShape.Lines), Bound());
        Upstream.Reset(Answer.Json(Prompts.MessagesAnswer));

        var (result, lines) = await JsonClient.RunAsync(Client.AnthropicSdk, Script, Environment(key), Call(canary.Value, stream: false));

        Assert.Equal("Done.", (string?)Assert.Single(lines)["result"]!["content"]![0]!["text"]);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        Assert.Contains(key.Value, new[] { Upstream.Single.Header("x-api-key"), Upstream.Single.Header("Authorization")?["Bearer ".Length..] });
        AssertNowhere([canary], result.Output, result.Errors);
        AssertOnlyUpstreamHas(key, result.Output, result.Errors);
    }

    [ClientFact(Client.AnthropicSdk)]
    public async Task AnthropicSdk_Streaming_EachDeltaArrivesBeforeTheNextIsSent()
    {
        var (canary, key) = (Firewall.Register(), Bound());
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated(
            "text/event-stream", gate, Prompts.MessagesStart, Prompts.MessagesDelta("one."), Prompts.MessagesDelta("two."), Prompts.MessagesEnd));
        await using var sdk = JsonClient.Start(Client.AnthropicSdk, Script, Environment(key));
        await sdk.SendAsync(JsonSerializer.SerializeToUtf8Bytes(Call(canary.Value, stream: true)));

        Assert.Equal("message_start", Type(await sdk.NextAsync()));
        Assert.Equal("content_block_start", Type(await sdk.NextAsync()));
        gate.Open();
        Assert.Equal("one.", (string?)(await sdk.NextAsync())["event"]!["delta"]!["text"]);
        gate.Open();
        Assert.Equal("two.", (string?)(await sdk.NextAsync())["event"]!["delta"]!["text"]);
        gate.Open();
        var end = await sdk.FinishAsync();

        Assert.Contains("message_stop", end.Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary], end.Output, end.Errors);
    }

    [ClientFact(Client.AnthropicSdk)]
    public async Task AnthropicSdk_SecretInsideAnImage_IsRefusedWithAnErrorThatTheSdkShows()
    {
        var canary = Firewall.Register();
        var call = new JsonObject { ["stream"] = false, ["request"] = JsonNode.Parse(Prompts.MessagesWithImage(canary.Value)) };

        var (result, lines) = await JsonClient.RunAsync(Client.AnthropicSdk, Script, Environment(canary), call);

        var error = Assert.Single(lines)["error"]!;
        Assert.Equal("BadRequestError", (string?)error["type"]);
        Assert.Equal(400, (int?)error["status"]);
        Assert.Contains("do not retry", (string?)error["message"], StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    private Canary Bound()
    {
        var key = Firewall.Register();
        Firewall.BindHeader(key, Hosts.Anthropic, "Authorization", "Bearer {}");
        Firewall.BindHeader(key, Hosts.Anthropic, "x-api-key", "{}");
        return key;
    }

    private Dictionary<string, string> Environment(Canary key) => new(Firewall.ClientEnvironment) { ["ANTHROPIC_API_KEY"] = key.Reference };

    private static string? Type(JsonNode line) => (string?)line["event"]!["type"];

    private static JsonObject Call(string value, bool stream) => new()
    {
        ["stream"] = stream,
        ["request"] = JsonNode.Parse(Prompts.Messages($"Deploy with {value} now.")),
    };
}
