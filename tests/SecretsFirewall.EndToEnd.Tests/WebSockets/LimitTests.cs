using SecretsFirewall.EndToEnd.Tests.Harness;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>What a rule lets requests and answers carry holds in messages too.</summary>
public sealed class LimitTests(FirewallFixture firewall) : SocketTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("request_bytes")]
    [InlineData("response_bytes")]
    public async Task MoreThanTheRuleAllows_EndsTheSocket(string limit)
    {
        Assert.Empty(Firewall.ChangePolicy("local.json", $$"""
            { "schema": "policy/v1", "rules": [ { "id": "small", "on": "request", "outcome": "allow", "match": { "host": { "eq": "{{Hosts.Http1Tool}}" } }, "limits": { "{{limit}}": 500 } } ] }
            """));
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        var isUp = limit == "request_bytes";
        var message = new string('x', 300);

        await (isUp ? socket.Client.SendAsync(Masked(Text, message)) : socket.Upstream.SendAsync(Plain(Text, message)));
        Assert.Equal(message, (await (isUp ? socket.Upstream : socket.Client).ReadAsync(1))[0].Text);
        await (isUp ? socket.Client.SendAsync(Masked(Text, message)) : socket.Upstream.SendAsync(Plain(Text, message)));

        var close = (await socket.Client.ReadAsync(1))[0];
        Assert.Equal((Close, 1008), (close.Opcode, close.CloseCode));
        Assert.StartsWith("scope_exceeded", close.CloseReason, StringComparison.Ordinal);
        Assert.Equal(Close, (await socket.Upstream.ReadAsync(1))[0].Opcode);
        Assert.Equal("scope_exceeded", (await OutcomeAsync(socket)).Code);
    }
}
