using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Approvals;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>Real clients are told to wait, a person agrees, and their own repeat succeeds.</summary>
public sealed class SdkApprovalTests : FirewallTests, IClassFixture<ApprovalFixture>
{
    private readonly ApprovalFixture _firewall;

    public SdkApprovalTests(ApprovalFixture firewall)
        : base(firewall)
    {
        _firewall = firewall;
        Assert.True(firewall.Approvals.Cancel(null));
    }

    [ClientTheory(Client.OpenAiSdk)]
    [InlineData("openai", 400, "BadRequestError")]
    [InlineData("anthropic", 400, "BadRequestError")]
    [InlineData("fetch", 428, "Refused")]
    public async Task Client_ThatIsToldToWait_SucceedsOnceAPersonAgreed(string api, int status, string type)
    {
        Upstream.Reset(Answer.Json(api switch { "openai" => Prompts.ChatAnswer, "anthropic" => Prompts.MessagesAnswer, _ => """{"number":1}""" }));
        await using var client = JsonClient.Start(Client.OpenAiSdk, "approvals.mjs", Firewall.ClientEnvironment);
        await client.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["api"] = api,
            ["url"] = $"https://{Hosts.Tool}/repos/a/issues",
            ["request"] = JsonNode.Parse(api switch { "openai" => Prompts.Chat("Go."), "anthropic" => Prompts.Messages("Go."), _ => """{"title":"a"}""" }),
        }));

        var error = (await client.NextAsync().WaitAsync(Patience.Client))["error"]!;
        var waiting = _firewall.Waiting();
        Assert.Equal((status, type), ((int)error["status"]!, (string?)error["type"]));
        Assert.Equal(waiting.Id, (string?)error["decision"]);
        Assert.Contains(waiting.Id, (string?)error["message"], StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);

        _firewall.Approve(waiting.Id);
        var line = await client.NextAsync().WaitAsync(Patience.Client);
        while (line["error"] is { } again)
        {
            Assert.Equal(status, (int)again["status"]!);
            line = await client.NextAsync().WaitAsync(Patience.Client);
        }

        Assert.NotNull(line["result"]);
        Assert.Single(Upstream.Requests);
        Assert.Equal(ApprovalStatus.Used, _firewall.Approvals.Find(waiting.Id, out _)!.StatusAt(DateTimeOffset.UtcNow));
        (await client.FinishAsync()).Succeeded();
    }
}
