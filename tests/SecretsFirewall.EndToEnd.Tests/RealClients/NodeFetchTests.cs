using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class NodeFetchTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientFact(Client.Node)]
    public async Task NodeFetch_SecretInPrompt_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Symbols);
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        var (result, lines) = await JsonClient.RunAsync(Client.Node, "fetch.mjs", Firewall.ClientEnvironment, new JsonObject
        {
            ["url"] = $"https://{Hosts.OpenAi}{Prompts.ChatPath}",
            ["method"] = "POST",
            ["headers"] = new JsonObject { ["Content-Type"] = "application/json" },
            ["body"] = Prompts.Chat($"Deploy with {canary.Value} now."),
        });

        Assert.Equal(Prompts.ChatAnswer, (string?)Assert.Single(lines)["body"]);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary], result.Output, result.Errors);
    }

    [ClientFact(Client.Node)]
    public async Task NodeFetch_BoundReference_ToolReceivesTheValueAndItsEchoIsMasked()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Tool, "X-Api-Key", "{}");
        Upstream.Reset(Answer.EchoHeader("X-Api-Key"));

        var (result, lines) = await JsonClient.RunAsync(Client.Node, "fetch.mjs", Firewall.ClientEnvironment, new JsonObject
        {
            ["url"] = $"https://{Hosts.Tool}/user",
            ["headers"] = new JsonObject { ["X-Api-Key"] = canary.Reference },
        });

        Assert.Equal(canary.Value, Upstream.Single.Header("X-Api-Key"));
        Assert.Equal(canary.Reference, (string?)Assert.Single(lines)["body"]);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientFact(Client.Node)]
    public async Task NodeFetch_EventStream_EachEventArrivesBeforeTheNextIsSent()
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, "data: one\n\n"u8.ToArray(), "data: two\n\n"u8.ToArray()));
        await using var node = JsonClient.Start(Client.Node, "fetch.mjs", Firewall.ClientEnvironment);
        await node.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["url"] = $"https://{Hosts.Tool}/events", ["stream"] = true }));

        Assert.Equal(200, (int?)(await node.NextAsync())["status"]);
        Assert.Equal("data: one\n\n", await node.ChunksUntilAsync("one\n\n"));
        gate.Open();
        Assert.Equal("data: two\n\n", await node.ChunksUntilAsync("two\n\n"));
    }
}
