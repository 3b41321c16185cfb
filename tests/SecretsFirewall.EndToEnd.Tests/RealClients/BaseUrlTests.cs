using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>Clients that use no proxy and trust no authority of ours: the provider's address is the firewall's.</summary>
public sealed class BaseUrlTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.OpenAiSdk)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAiSdk_BaseUrl_ModelReceivesTheReferenceAndTheKeyIsBound(bool stream)
    {
        var (canary, key) = (Firewall.Register(), Firewall.Register());
        Firewall.BindHeader(key, Hosts.OpenAi, "Authorization", "Bearer {}");
        Upstream.Reset(stream ? Answer.Parts("text/event-stream", Prompts.ChatEvent("Done."), Prompts.ChatEnd) : Answer.Json(Prompts.ChatAnswer));

        var (result, lines) = await JsonClient.RunAsync(
            Client.OpenAiSdk,
            "openai.mjs",
            new Dictionary<string, string> { ["OPENAI_BASE_URL"] = Url("openai/v1"), ["OPENAI_API_KEY"] = key.Reference },
            Call(Prompts.Chat($"Deploy with {canary.Value} now."), stream));

        Assert.Equal("Done.", stream
            ? (string?)lines[0]["event"]!["choices"]![0]!["delta"]!["content"]
            : (string?)lines[0]["result"]!["choices"]![0]!["message"]!["content"]);
        Assert.Equal((Prompts.ChatPath, Hosts.OpenAi), (Upstream.Single.Target, Upstream.Single.Authority));
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        Assert.Equal($"Bearer {key.Value}", Upstream.Single.Header("Authorization"));
        AssertNowhere([canary], result.Output, result.Errors);
        AssertOnlyUpstreamHas(key, result.Output, result.Errors);
    }

    [ClientTheory(Client.AnthropicSdk)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnthropicSdk_BaseUrl_ModelReceivesTheReferenceAndTheKeyIsBound(bool stream)
    {
        var (canary, key) = (Firewall.Register(), Firewall.Register());
        Firewall.BindHeader(key, Hosts.Anthropic, "Authorization", "Bearer {}");
        Firewall.BindHeader(key, Hosts.Anthropic, "x-api-key", "{}");
        Upstream.Reset(stream
            ? Answer.Parts("text/event-stream", Prompts.MessagesStart, Prompts.MessagesDelta("Done."), Prompts.MessagesEnd)
            : Answer.Json(Prompts.MessagesAnswer));

        var (result, lines) = await JsonClient.RunAsync(
            Client.AnthropicSdk,
            "anthropic.mjs",
            new Dictionary<string, string> { ["ANTHROPIC_BASE_URL"] = Url("anthropic"), ["ANTHROPIC_API_KEY"] = key.Reference },
            Call(Prompts.Messages($"Deploy with {canary.Value} now."), stream));

        Assert.Contains(lines, line => line.ToJsonString().Contains("Done.", StringComparison.Ordinal));
        Assert.Equal((Prompts.MessagesPath, Hosts.Anthropic), (Upstream.Single.Target, Upstream.Single.Authority));
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        Assert.Contains(key.Value, new[] { Upstream.Single.Header("x-api-key"), Upstream.Single.Header("Authorization")?["Bearer ".Length..] });
        AssertNowhere([canary], result.Output, result.Errors);
        AssertOnlyUpstreamHas(key, result.Output, result.Errors);
    }

    [ClientFact(Client.OpenAiSdk)]
    public async Task OpenAiSdk_SecretInsideAnImage_IsRefusedInTheProvidersShape()
    {
        var canary = Firewall.Register();

        var (result, lines) = await JsonClient.RunAsync(
            Client.OpenAiSdk,
            "openai.mjs",
            new Dictionary<string, string> { ["OPENAI_BASE_URL"] = Url("openai/v1"), ["OPENAI_API_KEY"] = "none" },
            Call(Prompts.ChatWithImage(canary.Value), stream: false));

        Assert.Equal("BadRequestError", (string?)Assert.Single(lines)["error"]!["type"]);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_BaseUrlOfATool_IsAnExchangeLikeAllOthersAndTheTokenStaysHere()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Tool, "Authorization", "Bearer {}");
        Firewall.MarkAudit();

        var result = await CurlAsync("-H", Firewall.TokenField, "-H", $"Authorization: Bearer {canary.Reference}", Url("github/user?x=%2e%2e"));
        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);

        Assert.Equal("ok", result.Succeeded().Text);
        var request = Upstream.Single;
        Assert.Equal(("/user?x=%2e%2e", Hosts.Tool, $"Bearer {canary.Value}"), (request.Target, request.Authority, request.Header("Authorization")));
        Assert.DoesNotContain(request.Headers, header => header.Key.StartsWith("X-SFW", StringComparison.OrdinalIgnoreCase) || header.Value.Contains("sfwa_", StringComparison.Ordinal));
        Assert.Equal((FirewallFixture.AgentName, new Destination("https", Hosts.Tool, 443), Verdict.Changed), (outcome.Agent, outcome.Destination, outcome.Verdict));
        Assert.DoesNotContain(Firewall.Audit(), entry => entry.Line.Contains("sfwa_", StringComparison.Ordinal));
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_BaseUrlWithATokenInTheUrl_IsRefused()
    {
        var result = await CurlAsync("-w", "%{http_code}", $"http://{Firewall.Credentials}@{Firewall.Proxy}/@github/user");

        Assert.EndsWith("407", result.Succeeded().Text, StringComparison.Ordinal); // as Authorization: Basic, which is the upstream's
        Assert.Empty(Upstream.Connections);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_PathAsIs_CannotLeaveItsUpstream()
    {
        foreach (var path in new[] { "github/../@openai/v1/models", "github/%2e%2e/@openai/v1/models", "github/..%2f@openai", "github/x/..;/y" })
        {
            var result = await CurlAsync("--path-as-is", "-w", "%{http_code}", "-H", Firewall.TokenField, Url(path));

            Assert.EndsWith("403", result.Succeeded().Text, StringComparison.Ordinal);
            Assert.Contains("bypass_attempt", result.Text, StringComparison.Ordinal);
        }

        Assert.Empty(Upstream.Connections);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_NameThatIsNotDeclared_IsToldTheOnesThatAre()
    {
        var result = await CurlAsync("-w", "%{http_code}", "-H", Firewall.TokenField, Url("nobody/v1"));

        Assert.EndsWith("404", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("unknown_upstream", result.Text, StringComparison.Ordinal);
        Assert.Contains("/@anthropic, ", result.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    private string Url(string rest) => $"http://{Firewall.Proxy}/@{rest}";

    private JsonObject Call(string request, bool stream) => new()
    {
        ["stream"] = stream,
        ["request"] = JsonNode.Parse(request),
        ["headers"] = new JsonObject { ["X-SFW-Token"] = Firewall.Credentials },
    };

    private static Task<ClientResult> CurlAsync(params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Curl), ["-sS", "--max-time", "30", .. arguments], new Dictionary<string, string>(), Encoding.UTF8.GetBytes(""));
}
