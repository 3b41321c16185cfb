using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>What messages show of model traffic, where a rule forbids it: at a tool, whose handshake says nothing.</summary>
public sealed class ShownTrafficTests(ShownTrafficTests.NoModelsFirewall firewall) : SocketTests(firewall), IClassFixture<ShownTrafficTests.NoModelsFirewall>
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Prompt = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData(Prompt)]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"tools/list","model":"m","messages":[{"role":"user","content":"hi"}]}""")]
    public async Task ModelTraffic_BehindAMessageThatWasNone_IsDenied(string prompt)
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, Call), Masked(Text, prompt));

        Assert.StartsWith("policy_denied", (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal((Call, 1001), (frames[0].Text, frames[1].CloseCode));
        var record = await OutcomeAsync(socket);
        Assert.Equal((Verdict.Aborted, "no-models"), (record.Verdict, record.Rule));
    }

    public sealed class NoModelsFirewall : FirewallFixture
    {
        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = $$"""
                { "schema": "policy/v1", "rules": [ { "id": "no-models", "on": "request", "outcome": "deny", "match": { "host": { "eq": "{{Hosts.Http1Tool}}" }, "traffic": { "eq": "llm" } }, "reason": "A tool is no model." } ] }
                """,
        };
    }
}
