using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>The TypeScript SDK that most MCP clients are made with, over streamable HTTP; the server answers as JSON or as an event stream.</summary>
public sealed class McpSdkTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.McpSdk)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task McpSdk_SecretInAToolResult_AgentReceivesTheReference(bool asEvents)
    {
        var canary = Firewall.Register(CanaryShape.Symbols);
        Upstream.Reset(McpServer.Script($"password={canary.Value};", asEvents));

        var (result, lines) = await RunAsync(ToolCall("prod.env"));

        Assert.Equal(("files", McpServer.Tool), ((string?)lines[0]["server"]!["name"], (string?)lines[0]["tools"]![0]!["name"]));
        Assert.Equal($"password={canary.Reference};", (string?)lines[1]["result"]!["content"]![0]!["text"]);
        Assert.Contains(Upstream.Requests, request => request.Method == "DELETE" && request.Header("Mcp-Session-Id") == McpServer.Session);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientTheory(Client.McpSdk)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task McpSdk_UnboundReferenceInACall_IsAToolErrorThatTheSdkReturnsAndTheSessionGoesOn(bool asEvents)
    {
        Upstream.Reset(McpServer.Script("fine", asEvents));

        var (_, lines) = await RunAsync(ToolCall("SECRET_REF(nobody)"), ToolCall("plain"));

        var refused = lines[1]["result"]!;
        Assert.True((bool?)refused["isError"]);
        Assert.Contains("Secrets Firewall", (string?)refused["content"]![0]!["text"], StringComparison.Ordinal);
        Assert.Equal("fine", (string?)lines[2]["result"]!["content"]![0]!["text"]);
        var calls = Upstream.Requests.Where(request => request.BodyText.Contains("tools/call", StringComparison.Ordinal)).ToList();
        Assert.Contains("plain", Assert.Single(calls).BodyText, StringComparison.Ordinal);
    }

    [ClientFact(Client.McpSdk)]
    public async Task McpSdk_UnboundReferenceInAnotherRequest_IsAnErrorThatTheSdkThrows()
    {
        Upstream.Reset(McpServer.Script("fine", asEvents: false));

        var (_, lines) = await RunAsync(new JsonObject { ["method"] = "resources/read", ["params"] = new JsonObject { ["uri"] = "file:SECRET_REF(nobody)" } });

        var error = lines[1]["error"]!;
        Assert.Equal("McpError", (string?)error["type"]);
        Assert.Contains("Secrets Firewall", (string?)error["message"], StringComparison.Ordinal);
        Assert.DoesNotContain(Upstream.Requests, request => request.BodyText.Contains("resources/read", StringComparison.Ordinal));
    }

    [ClientFact(Client.McpSdk)]
    public async Task McpSdk_SecretInACall_ServerReceivesTheReference()
    {
        var canary = Firewall.Register();
        Upstream.Reset(McpServer.Script("fine", asEvents: true));

        var (result, lines) = await RunAsync(ToolCall(canary.Value));

        Assert.Equal("fine", (string?)lines[1]["result"]!["content"]![0]!["text"]);
        Assert.Contains(Upstream.Requests, request => request.BodyText.Contains(canary.Reference, StringComparison.Ordinal));
        AssertNowhere([canary], result.Output, result.Errors);
    }

    private Task<(ClientResult Result, IReadOnlyList<JsonNode> Lines)> RunAsync(params JsonObject[] calls) => JsonClient.RunAsync(
        Client.McpSdk,
        "mcp.mjs",
        Firewall.ClientEnvironment,
        new JsonObject { ["url"] = $"https://{Hosts.Tool}/mcp", ["calls"] = new JsonArray([.. calls]) });

    private static JsonObject ToolCall(string path) => new()
    {
        ["method"] = "tools/call",
        ["params"] = new JsonObject { ["name"] = McpServer.Tool, ["arguments"] = new JsonObject { ["path"] = path } },
    };
}
