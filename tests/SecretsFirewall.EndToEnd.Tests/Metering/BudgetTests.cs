using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>Budgets of the policy, met by real clients.</summary>
public sealed class BudgetTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task FiftyCallsAtOnce_OnABudgetOfTen_ExactlyTenReachTheProvider()
    {
        SetBudgets("""{ "id": "ten", "window": "month", "hard": true, "requests": 10, "models": ["race"] }""");
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var other = Firewall.CreateHttpClient(HttpVersion.Version11);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => StatusAsync(i % 2 == 0 ? client : other, Request("race"))));

        Assert.Equal(10, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(40, answers.Count(status => status == HttpStatusCode.BadRequest));
        Assert.Equal(10, Upstream.Requests.Count);
    }

    [Fact]
    public async Task CallThatSaysItsModelTwice_IsHeldToTheBudgetsOfBoth()
    {
        SetBudgets("""{ "id": "one", "window": "month", "hard": true, "requests": 1, "models": ["twice"] }""");
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Request("twice")));

        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(client, """{"model":"another","model":"twice","max_tokens":1,"messages":[]}"""));

        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task UsedUpBudget_IsRefusedInTheProvidersShape_AndRecorded_UntilItIsReset()
    {
        SetBudgets("""{ "id": "few", "window": "month", "hard": true, "tokens": 1000, "warn_at": [50], "models": ["tight"] }""");
        Upstream.Reset(Answer.Json("""{"model":"m","content":[],"usage":{"input_tokens":700,"output_tokens":300}}"""));
        Firewall.MarkAudit();
        Assert.Equal(200, (await PostAsync(Hosts.Anthropic, Prompts.MessagesPath, Request("tight"))).Status);
        var exhausted = await Firewall.AuditAsync(record => record.Type == "budget_exhausted");
        Assert.Equal(("few", FirewallFixture.AgentName), (exhausted.Rule, exhausted.Agent));

        var refused = await PostAsync(Hosts.Anthropic, Prompts.MessagesPath, Request("tight"));

        var error = JsonNode.Parse(refused.Text)!;
        Assert.Equal((400, "error", "invalid_request_error"), (refused.Status, (string?)error["type"], (string?)error["error"]!["type"]));
        Assert.Contains("few", refused.Text, StringComparison.Ordinal);
        Assert.Equal("budget_exceeded", (await Firewall.AuditAsync(record => record is { Type: "outcome", Code: not null })).Code);
        Assert.Single(Upstream.Requests);

        Assert.Equal(1, Firewall.Meter.Reset(Firewall.Budgets.Single(one => one.Id == "few"), null, TimeProvider.System.GetUtcNow()));
        Assert.Equal(200, (await PostAsync(Hosts.Anthropic, Prompts.MessagesPath, Request("tight"))).Status);
    }

    [Fact]
    public async Task Warning_IsRecordedOnce()
    {
        SetBudgets("""{ "id": "soft", "window": "month", "hard": false, "tokens": 1000, "warn_at": [50], "models": ["soft"] }""");
        Upstream.Reset(Answer.Json("""{"model":"m","choices":[],"usage":{"prompt_tokens":300,"completion_tokens":0}}"""));
        Firewall.MarkAudit();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(200, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("soft"))).Status);
        }

        await Firewall.AuditAsync(record => record is { Type: "budget_exhausted", Rule: "soft" });
        Assert.Single(Firewall.Audit(), entry => entry.Record is { Type: "budget_warning", Rule: "soft" });
    }

    [Fact]
    public async Task RequestThatMayCostMoreThanIsLeft_IsRefused_UntilItAsksForLess()
    {
        SetBudgets("""{ "id": "room", "window": "month", "hard": true, "tokens": 1000, "models": ["room"] }""");
        Upstream.Reset(Answer.Json(Prompts.MessagesAnswer));

        Assert.Equal(400, (await PostAsync(Hosts.Anthropic, Prompts.MessagesPath, Request("room", 1_001))).Status);
        Assert.Equal(200, (await PostAsync(Hosts.Anthropic, Prompts.MessagesPath, Request("room", 900))).Status);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task ModelWithoutAPrice_UnderAHardBudgetOfMoney_IsRefused_PricedOnesPass()
    {
        SetBudgets("""{ "id": "money", "window": "month", "hard": true, "money": 1, "models": ["gpt-4o-mini", "nobody-knows"] }""");
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        Assert.Equal(200, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("gpt-4o-mini"))).Status);
        var refused = await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("nobody-knows"));

        Assert.Equal(400, refused.Status);
        Assert.Contains("no price for this model", refused.Text, StringComparison.Ordinal);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task FailedCall_ReleasesWhatItReserved()
    {
        SetBudgets("""{ "id": "one", "window": "month", "hard": true, "requests": 1, "models": ["flaky"] }""");
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(500).Header("Content-Type", "application/json");
            await exchange.SendAsync("{}"u8.ToArray());
        });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("flaky"))).Status);
        }

        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        Assert.Equal(200, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("flaky"))).Status);
        Assert.Equal(400, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Request("flaky"))).Status);
    }

    [Theory]
    [InlineData(Hosts.OpenAi, "/v1/batches")]
    [InlineData(Hosts.Anthropic, "/v1/messages/batches")]
    public async Task Batch_UnderAHardBudget_IsRefused_AndPassesWithout(string host, string path)
    {
        SetBudgets("""{ "id": "soft", "window": "month", "hard": false, "requests": 100 }""");
        Upstream.Reset(Answer.Json("{}"));
        Assert.Equal(200, (await PostAsync(host, path, """{"requests":[]}""")).Status);
        SetBudgets("""{ "id": "hard", "window": "month", "hard": true, "requests": 100 }""");

        var refused = await PostAsync(host, path, """{"requests":[]}""");

        Assert.Equal(400, refused.Status);
        Assert.Contains("what a batch comes to is not counted", refused.Text, StringComparison.Ordinal);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task WebSocketToAModel_UnderAHardBudget_IsRefusedSoThatClientsFallBackToEvents()
    {
        SetBudgets("""{ "id": "ws", "window": "month", "hard": true, "requests": 1 }""");
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync(
            "GET", "/v1/responses", Hosts.OpenAi, default, ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]);

        Assert.Equal(426, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    private void SetBudgets(string budget) => Assert.Empty(Firewall.ChangePolicy("budgets.json", $$"""{ "schema": "policy/v1", "budgets": [ {{budget}} ] }"""));

    private static string Request(string model, int mostOutput = 10) => $$"""{"model":"{{model}}","max_tokens":{{mostOutput}},"messages":[{"role":"user","content":"Hi"}]}""";

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string body)
    {
        using var response = await client.PostAsync($"https://{Hosts.OpenAi}{Prompts.ChatPath}", new StringContent(body, Encoding.UTF8, "application/json"));
        return response.StatusCode;
    }

    private async Task<RawResponse> PostAsync(string host, string path, string body)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("POST", path, host, Encoding.UTF8.GetBytes(body), ["Content-Type: application/json"]);
    }
}
