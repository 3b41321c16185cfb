using System.Net;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Pins;

namespace SecretsFirewall.EndToEnd.Tests.Mcp;

/// <summary>The .NET SDK, which speaks revision 2026-07-28: no handshake, and header fields that repeat the message.</summary>
public sealed class McpDotNetSdkTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private readonly McpToolServer _server = new();

    public McpDotNetSdkTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("mcp.json", McpPolicy.Text));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DotNetSdk_AllowedDeniedAndChanged_CarriesOn(bool asEvents)
    {
        var pinned = $"pinned_dotnet_{asEvents}";
        _server.AsEvents = asEvents;
        _server.Tools = [McpToolServer.Tool("delete_all"), McpToolServer.Tool("read_config"), McpToolServer.Tool(pinned)];
        Upstream.Reset(_server.Streamable);
        using var http = Firewall.CreateHttpClient(HttpVersion.Version11);
        await using var transport = new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = new Uri($"https://{Hosts.Tool}/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http);
        await using var client = await McpClient.CreateAsync(transport).WaitAsync(Patience.Client);

        Assert.Equal(["read_config", pinned], (await client.ListToolsAsync()).Select(tool => tool.Name));
        Assert.Equal("fine", TextOf(await client.CallToolAsync("read_config")));
        Assert.Contains("'default'", TextOf(await client.CallToolAsync("delete_all"), isError: true), StringComparison.Ordinal);

        _server.Tools = [McpToolServer.Tool("read_config"), McpToolServer.Tool(pinned, "Another one.")];
        Assert.Equal(["read_config"], (await client.ListToolsAsync()).Select(tool => tool.Name));
        Assert.Contains("mcp_pin", TextOf(await client.CallToolAsync(pinned), isError: true), StringComparison.Ordinal);
        Assert.Equal(PinError.None, Firewall.ToolPins.Approve(Hosts.Tool, pinned));
        Assert.Equal("fine", TextOf(await client.CallToolAsync(pinned)));
        Assert.Contains(Upstream.Requests, request => request.Header("Mcp-Method") == "tools/call" && request.Header("Mcp-Name") == "read_config");
    }

    private static string TextOf(CallToolResult result, bool isError = false)
    {
        Assert.Equal(isError, result.IsError is true);
        return Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
    }
}
