using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Rules;

/// <summary>A secret in pieces, which the reader of a body puts together.</summary>
public sealed class FragmentTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Messages_ThatSpellAValue_AreRefusedInTheProvidersShape()
    {
        var canary = Firewall.Register();
        Firewall.MarkAudit();

        var response = await PromptAsync("it begins with " + canary.Value[..20], canary.Value[20..] + ", that is all");

        Assert.Equal(400, response.Status);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(response.Body)!["error"]);
        Assert.Empty(Upstream.Requests);
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal(("fragmented_secret", "secret_blocked"), (record.Rule, record.Code));
    }

    [Fact]
    public async Task Messages_ThatSpellAToken_AreRefused()
    {
        var token = MadeUpTokens.GitHub();

        var response = await PromptAsync("first " + token[..22], token[22..]);

        Assert.Equal(400, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task ArrayItems_ThatSpellAValueForATool_AreRefused()
    {
        var canary = Firewall.Register();
        Firewall.MarkAudit();
        var body = new JsonObject { ["labels"] = new JsonArray([.. canary.Value.Chunk(5).Select(piece => JsonValue.Create(new string(piece)))]) }.ToJsonString();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("POST", "/issues", Hosts.Tool, Encoding.UTF8.GetBytes(body), "Content-Type: application/json");

        Assert.Equal(403, response.Status);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.Contains("fragmented_secret", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Messages_WithWholeValuesAndPlainWords_PassMasked()
    {
        var canary = Firewall.Register();

        var response = await PromptAsync($"use {canary.Value}", "and go on", "with the next1", "step2");

        Assert.Equal(200, response.Status);
        Assert.Equal($"use {canary.Reference}", Prompts.PromptOf(Upstream.Single.Body));
    }

    private async Task<Drivers.RawResponse> PromptAsync(params string[] prompts)
    {
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var body = new JsonObject
        {
            ["model"] = "m",
            ["messages"] = new JsonArray([.. prompts.Select(prompt => new JsonObject { ["role"] = "user", ["content"] = prompt })]),
        };
        return await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(body.ToJsonString()), "Content-Type: application/json");
    }
}
