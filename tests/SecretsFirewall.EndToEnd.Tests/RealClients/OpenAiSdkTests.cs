using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>The SDK holds a reference for its key: the provider's own key is bound like any other secret.</summary>
public sealed class OpenAiSdkTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Script = "openai.mjs";

    [ClientFact(Client.OpenAiSdk)]
    public async Task OpenAiSdk_SecretInPrompt_ModelReceivesTheReferenceAndTheKeyIsBound()
    {
        var (canary, key) = (Firewall.Register(), Firewall.Register());
        Firewall.BindHeader(key, Hosts.OpenAi, "Authorization", "Bearer {}");
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        var (result, lines) = await JsonClient.RunAsync(Client.OpenAiSdk, Script, Environment(key), Call(canary.Value, stream: false));

        Assert.Equal("Done.", (string?)Assert.Single(lines)["result"]!["choices"]![0]!["message"]!["content"]);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        Assert.Equal($"Bearer {key.Value}", Upstream.Single.Header("Authorization"));
        AssertNowhere([canary], result.Output, result.Errors);
        AssertOnlyUpstreamHas(key, result.Output, result.Errors);
    }

    [ClientFact(Client.OpenAiSdk)]
    public async Task OpenAiSdk_Streaming_EachDeltaArrivesBeforeTheNextIsSent()
    {
        var (canary, key) = (Firewall.Register(), Firewall.Register());
        Firewall.BindHeader(key, Hosts.OpenAi, "Authorization", "Bearer {}");
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, Prompts.ChatEvent("one."), Prompts.ChatEvent("two."), Prompts.ChatEnd));
        await using var sdk = JsonClient.Start(Client.OpenAiSdk, Script, Environment(key));
        await sdk.SendAsync(JsonSerializer.SerializeToUtf8Bytes(Call(canary.Value, stream: true)));

        Assert.Equal("one.", Delta(await sdk.NextAsync()));
        gate.Open();
        Assert.Equal("two.", Delta(await sdk.NextAsync()));
        gate.Open();
        var end = await sdk.FinishAsync();

        Assert.Contains("\"finish_reason\":\"stop\"", end.Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary], end.Output, end.Errors);
    }

    [ClientFact(Client.OpenAiSdk)]
    public async Task OpenAiSdk_SecretInsideAnImage_IsRefusedWithAnErrorThatTheSdkShows()
    {
        var canary = Firewall.Register();
        var call = new JsonObject { ["stream"] = false, ["request"] = JsonNode.Parse(Prompts.ChatWithImage(canary.Value)) };

        var (result, lines) = await JsonClient.RunAsync(Client.OpenAiSdk, Script, Environment(canary), call);

        var error = Assert.Single(lines)["error"]!;
        Assert.Equal("BadRequestError", (string?)error["type"]);
        Assert.Equal(400, (int?)error["status"]);
        Assert.Contains("do not retry", (string?)error["message"], StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    private Dictionary<string, string> Environment(Canary key) => new(Firewall.ClientEnvironment) { ["OPENAI_API_KEY"] = key.Reference };

    private static string? Delta(JsonNode line) => (string?)line["event"]!["choices"]![0]!["delta"]!["content"];

    private static JsonObject Call(string value, bool stream) => new()
    {
        ["stream"] = stream,
        ["request"] = JsonNode.Parse(Prompts.Chat($"Deploy with {value} now.")),
    };
}
