using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class PythonRequestsTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Script = "requests_client.py";

    [ClientFact(Client.PythonRequests)]
    public async Task Requests_SecretInPrompt_ModelReceivesTheReference()
    {
        var canary = Firewall.Register(CanaryShape.Unicode);
        Upstream.Reset(Answer.Json(Prompts.MessagesAnswer));

        var (result, lines) = await JsonClient.RunAsync(Client.PythonRequests, Script, Firewall.ClientEnvironment, new JsonObject
        {
            ["url"] = $"https://{Hosts.Anthropic}{Prompts.MessagesPath}",
            ["method"] = "POST",
            ["headers"] = new JsonObject { ["Content-Type"] = "application/json" },
            ["body"] = Prompts.Messages($"Deploy with {canary.Value} now."),
        });

        Assert.Equal(Prompts.MessagesAnswer, (string?)Assert.Single(lines)["body"]);
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([canary], result.Output, result.Errors);
    }

    [ClientFact(Client.PythonRequests)]
    public async Task Requests_BoundReferenceInQuery_ToolReceivesTheValueAndItsEchoIsMasked()
    {
        var canary = Firewall.Register(CanaryShape.Base64);
        Firewall.Bind(canary, Hosts.Tool, Model.BindingPlace.Query, "key");
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await exchange.SendAsync(System.Text.Encoding.UTF8.GetBytes($"you asked for {exchange.Request.Target}"));
        });

        var (result, lines) = await JsonClient.RunAsync(Client.PythonRequests, Script, Firewall.ClientEnvironment, new JsonObject
        {
            ["url"] = $"https://{Hosts.Tool}/search?q=a&key={canary.Reference}",
        });

        Assert.Equal($"/search?q=a&key={Uri.EscapeDataString(canary.Value)}", Upstream.Single.Target);
        Assert.Equal($"you asked for /search?q=a&key={canary.Reference}", (string?)Assert.Single(lines)["body"]);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientFact(Client.PythonRequests)]
    public async Task Requests_EventStream_EachEventArrivesBeforeTheNextIsSent()
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, "data: one\n\n"u8.ToArray(), "data: two\n\n"u8.ToArray()));
        await using var python = JsonClient.Start(Client.PythonRequests, Script, Firewall.ClientEnvironment);
        await python.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["url"] = $"https://{Hosts.Tool}/events", ["stream"] = true }));

        Assert.Equal(200, (int?)(await python.NextAsync())["status"]);
        Assert.Equal("data: one\n\n", await python.ChunksUntilAsync("one\n\n"));
        gate.Open();
        Assert.Equal("data: two\n\n", await python.ChunksUntilAsync("two\n\n"));
    }
}
