using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Pins;

namespace SecretsFirewall.EndToEnd.Tests.Mcp;

/// <summary>The MCP TypeScript SDK under such a policy: what it lists, what it may call, and that the conversation carries on after each refusal.</summary>
public sealed class McpSdkGateTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private readonly McpToolServer _server = new();

    public McpSdkGateTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("mcp.json", McpPolicy.Text));

    [ClientTheory(Client.McpSdk)]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("sse", true)]
    public async Task McpSdk_AllowedDeniedSteeredAndChanged_CarriesOn(string transport, bool asEvents)
    {
        var pinned = $"pinned_{transport}_{asEvents}";
        _server.AsEvents = asEvents;
        _server.Tools = [McpToolServer.Tool("delete_all"), McpToolServer.Tool("read_config"), McpToolServer.Tool(pinned)];
        Upstream.Reset(transport == "sse" ? _server.Old : _server.Streamable);
        await using var sdk = JsonClient.Start(Client.McpSdk, "mcp-gate.mjs", Firewall.ClientEnvironment);

        Assert.Equal("tools", (string?)(await StepAsync(sdk, new JsonObject { ["url"] = $"https://{Hosts.Tool}/mcp", ["transport"] = transport }))["server"]!["name"]);
        Assert.Equal(["read_config", pinned], await ListAsync(sdk));
        Assert.Equal("fine", TextOf(await CallAsync(sdk, "read_config")));

        AssertRefused(await CallAsync(sdk, "delete_all"), "default", transport);
        AssertRefused(await CallAsync(sdk, "search", """{"q":"salary"}"""), "no-pay", transport);
        var read = await StepAsync(sdk, new JsonObject { ["read"] = "file:///etc/shadow" });
        Assert.Contains("no-system-files", (string?)read["error"]!["message"], StringComparison.Ordinal);

        _server.Tools = [McpToolServer.Tool(pinned, "Another one."), McpToolServer.Tool("read_config")];
        Assert.Equal(["read_config"], await ListAsync(sdk));
        AssertRefused(await CallAsync(sdk, pinned), "mcp_pin", transport);
        Assert.Equal(PinError.None, Firewall.ToolPins.Approve(Hosts.Tool, pinned));
        Assert.Equal([pinned, "read_config"], await ListAsync(sdk));
        Assert.Equal("fine", TextOf(await CallAsync(sdk, pinned)));
        Assert.Equal("fine", TextOf(await CallAsync(sdk, "read_config")));
        Assert.Equal(3, _server.Seen.Count(method => method == "tools/call"));
        Assert.DoesNotContain("resources/read", _server.Seen);
    }

    [ClientFact(Client.McpSdk)]
    public async Task McpSdk_SamplingThatIsRefused_NeverReachesTheAgentsModelAndTheCallEnds()
    {
        (_server.AsEvents, _server.Before) = (true, """{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}}""");
        Upstream.Reset(_server.Streamable);
        await using var sdk = JsonClient.Start(Client.McpSdk, "mcp-gate.mjs", Firewall.ClientEnvironment);
        await StepAsync(sdk, new JsonObject { ["url"] = $"https://{Hosts.Tool}/mcp" });

        var line = await CallAsync(sdk, "read_config");

        Assert.Equal("fine", TextOf(line));
        Assert.Equal(0, (int?)line["asked"]);
        Assert.Contains("no-sampling", (string?)line["told"]![0], StringComparison.Ordinal);
        Assert.DoesNotContain(Upstream.Requests, request => request.BodyText.Contains("what the model said", StringComparison.Ordinal));
    }

    private static async Task<JsonNode> StepAsync(ClientProcess sdk, JsonObject step)
    {
        await sdk.Input.WriteAsync(Encoding.UTF8.GetBytes(step.ToJsonString() + "\n"));
        await sdk.Input.FlushAsync();
        return await sdk.NextAsync();
    }

    private static Task<JsonNode> CallAsync(ClientProcess sdk, string tool, string arguments = "{}") =>
        StepAsync(sdk, new JsonObject { ["call"] = new JsonObject { ["name"] = tool, ["arguments"] = JsonNode.Parse(arguments) } });

    private static async Task<IEnumerable<string?>> ListAsync(ClientProcess sdk) =>
        [.. (await StepAsync(sdk, new JsonObject { ["list"] = true }))["tools"]!.AsArray().Select(tool => (string?)tool!["name"])];

    private static string? TextOf(JsonNode line)
    {
        Assert.True(line["result"] is not null, line.ToJsonString());
        Assert.Null(line["result"]!["isError"]);
        return (string?)line["result"]!["content"]![0]!["text"];
    }

    // The old transport's client reads no answer but the status of what it sends.
    private static void AssertRefused(JsonNode line, string rule, string transport)
    {
        if (transport == "sse")
        {
            Assert.Contains($"'{rule}'", (string?)line["error"]!["message"], StringComparison.Ordinal);
            return;
        }

        Assert.True((bool?)line["result"]!["isError"]);
        Assert.Contains($"'{rule}'", (string?)line["result"]!["content"]![0]!["text"], StringComparison.Ordinal);
    }
}
