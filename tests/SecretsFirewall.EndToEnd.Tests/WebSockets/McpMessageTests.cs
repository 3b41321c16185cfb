using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>MCP messages in frames, under a policy with rules about them: nobody decides there, so they do not pass.</summary>
public sealed class McpMessageTests(McpMessageTests.McpFirewall firewall) : SocketTests(firewall), IClassFixture<McpMessageTests.McpFirewall>
{
    [Fact]
    public async Task McpMessage_InAFrame_EndsTheConnection()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, "{}"), Masked(Text, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}"""));

        Assert.StartsWith("upgrade_refused", (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal(("{}", 1001), (frames[0].Text, frames[1].CloseCode));
        Assert.Equal(Verdict.Aborted, (await OutcomeAsync(socket)).Verdict);
    }

    [Theory]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"read"}}""")]
    [InlineData("""{'jsonrpc':'2.0','method':'tools/call'}""")]
    public async Task WhatAServerMightTakeForAnMcpMessage_EndsTheConnection(string message)
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, message));

        Assert.StartsWith("upgrade_refused", (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync(1))[0].CloseCode);
    }

    public sealed class McpFirewall : FirewallFixture
    {
        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = """{ "schema": "policy/v1", "rules": [ { "id": "all", "on": "mcp_call", "outcome": "allow", "match": { } } ] }""",
        };
    }
}
