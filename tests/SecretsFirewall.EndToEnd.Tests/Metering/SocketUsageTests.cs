using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.WebSockets;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>Agents that speak WebSocket to a model first are counted too.</summary>
public sealed class SocketUsageTests(FirewallFixture firewall) : SocketTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task CallsInASocket_AreCountedEach_AndTheLastOneAsFarAsItCame()
    {
        await using (var socket = await OpenAsync(Hosts.OpenAi))
        {
            for (var i = 1; i <= 2; i++)
            {
                await AskAsync(socket);
                await socket.Upstream.SendAsync(
                    Plain(Text, """{"type":"response.created","response":{"model":"gpt-ws","usage":null}}"""),
                    Plain(Text, """{"type":"response.output_text.delta","delta":"Hi"}"""),
                    Plain(Text, $$$$$"""{"type":"response.completed","response":{"model":"gpt-ws","output":[],"usage":{"input_tokens":{{{{{100 * i}}}}},"input_tokens_details":{"cached_tokens":60},"output_tokens":7}}}"""));
                await socket.Client.ReadAsync(3);
            }

            await AskAsync(socket);
            await socket.Upstream.SendAsync(Plain(Text, """{"type":"response.created","response":{"model":"gpt-ws"}}"""), Plain(Text, """{"type":"response.output_text.delta","delta":"twelve bytes"}"""));
            await socket.Client.ReadAsync(1); // the text is held: it may go on
            await socket.Client.SendAsync(CloseFrame(isMasked: true, 1000));
            await socket.Upstream.ReadAsync(1);
            await socket.Upstream.SendAsync(CloseFrame(isMasked: false, 1000));
            var record = await OutcomeAsync(socket);

            Assert.Equal((new TokenUsage(40 + 140 + ((Question.Length + 3) / 4), 7 + 7 + 3, 120), true), (record.Usage!.Tokens, record.Usage.IsEstimated));
        }

        var row = Assert.Single(Firewall.Meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!);
        Assert.Equal(row.Totals.Tokens.Total, Firewall.Sessions.List()[0].Tokens);
        Assert.Equal(("gpt-asked", "gpt-ws", 3L, 1L), (row.Key.Asked, row.Key.Model, row.Totals.Calls, row.Totals.Estimated));
    }

    private const string Question = """{"type":"response.create","model":"gpt-asked","input":[{"role":"user","content":"Hi"}]}""";

    private static async Task AskAsync(OpenSocket socket)
    {
        await socket.Client.SendAsync(Masked(Text, Question));
        await socket.Upstream.ReadAsync(1);
    }
}
