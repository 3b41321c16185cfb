using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>What models are asked and answer in WebSocket messages, under a policy with rules about both.</summary>
public sealed class ModelMessageTests(ModelMessageTests.GatedFirewall firewall) : SocketTests(firewall), IClassFixture<ModelMessageTests.GatedFirewall>
{
    private const string Session = """{"type":"session.created","session":{"type":"realtime","id":"s1"}}""";

    [Theory]
    [InlineData(null)]
    [InlineData("permessage-deflate")]
    public async Task DeniedCall_IsAMessageInItsPlaceAndTheConversationGoesOn(string? extensions)
    {
        await using var socket = await OpenAsync(Hosts.OpenAi, extensions);

        await socket.Upstream.SendAsync([Plain(Text, Session), .. Call("i1", "delete_everything").Concat(Call("i2", "read_file")).Select(message => Plain(Text, message))]);

        var said = (await socket.Client.ReadAsync(13)).Select(frame => JsonNode.Parse(frame.Text)!).ToList();
        Assert.Equal(
            [
                "session.created", "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                "response.output_item.done", "response.done",
            ],
            said[..8].Select(one => (string?)one["type"]));
        Assert.Contains("Secrets Firewall withheld a tool call", (string?)said[3]["delta"], StringComparison.Ordinal);
        Assert.DoesNotContain("delete_everything", string.Concat(said), StringComparison.Ordinal);
        Assert.Equal(Call("i2", "read_file").Select(message => JsonNode.Parse(message)!.ToJsonString()), said[8..].Select(one => one.ToJsonString()).Take(5));
    }

    [Fact]
    public async Task Calls_AreInTheRecord()
    {
        await using var socket = await OpenAsync(Hosts.OpenAi);
        await socket.Upstream.SendAsync([Plain(Text, Session), .. Call("i1", "delete_everything").Select(message => Plain(Text, message)), CloseFrame(isMasked: false, 1000)]);
        await socket.Client.ReadAsync(9);
        await socket.Client.SendAsync(CloseFrame(isMasked: true, 1000));

        var record = await OutcomeAsync(socket);
        var tool = Assert.Single(record.Tools!);
        Assert.Equal(("delete_everything", "deny"), (tool.Name, tool.Outcome));
    }

    [Fact]
    public async Task AnswerThatNobodyKnows_EndsTheConnectionAndDoesNotArrive()
    {
        await using var socket = await OpenAsync(Hosts.OpenAi);

        await socket.Upstream.SendAsync(Plain(Text, Session), Plain(Text, """{"type":"tool.call","name":"rm","arguments":{}}"""));

        var frames = await socket.Client.ReadAsync(2);
        Assert.Equal(Session, frames[0].Text);
        Assert.StartsWith("upstream_uninspectable", frames[1].CloseReason, StringComparison.Ordinal);
        Assert.Equal((Verdict.Aborted, "tool_calls"), ((await OutcomeAsync(socket)).Verdict, (await OutcomeAsync(socket)).Rule));
    }

    [Fact]
    public async Task OfferedTools_AreTakenOutOfWhatSetsTheModelUp()
    {
        await using var socket = await OpenAsync(Hosts.OpenAi);

        await socket.Client.SendAsync(
            Masked(Text, """{"type":"session.update","session":{"model":"m","max_output_tokens":9, "tools":[{"type":"function","name":"rm"}, {"type":"function","name":"read_file"}],"tool_choice":"auto"}}"""),
            Masked(Text, """{"type":"response.create","response":{"tools":[{"type":"function","name":"rm"}],"tool_choice":"auto","model":"m","max_output_tokens":9}}"""),
            Masked(Text, """{"type":"response.create","model":"m","max_output_tokens":9,"input":"hi","tools":[{"type":"function","name":"rm"}]}"""),
            Masked(Text, """{"type":"input_audio_buffer.append","audio":"AAAA"}"""),
            Masked(Binary, "sound"));

        Assert.Equal(
            [
                """{"type":"session.update","session":{"model":"m","max_output_tokens":9, "tools":[{"type":"function","name":"read_file"}],"tool_choice":"auto"}}""",
                """{"type":"response.create","response":{"model":"m","max_output_tokens":9}}""",
                """{"type":"response.create","model":"m","max_output_tokens":9,"input":"hi"}""",
                """{"type":"input_audio_buffer.append","audio":"AAAA"}""",
                "sound",
            ],
            (await socket.Upstream.ReadAsync(5)).Select(frame => frame.Text));
    }

    [Theory]
    [InlineData("""{"type":"response.create","model":"large","input":"hi"}""", "policy_denied")]
    [InlineData("""{"type":"response.create","model":"m","max_output_tokens":1000,"input":"hi"}""", "policy_denied")]
    [InlineData("""{"setup":{"model":"models/large"}}""", "policy_denied")]
    [InlineData("""{"type":"input_audio_buffer.append","audio":"AAAA"}""", "policy_denied")] // of no model that anybody named
    [InlineData("""{"type":"session.change","session":{"model":"m","tools":[{"type":"function","name":"rm"}]}}""", "malformed_request")]
    [InlineData("""{"type":"response.create","model":"m","model":"large"}""", "malformed_request")]
    [InlineData("""{"type":"session.update","session":"m"}""", "malformed_request")]
    [InlineData("no JSON", "malformed_request")]
    public async Task RequestThatMayNotBe_EndsTheConnectionAndDoesNotArrive(string message, string reason)
    {
        await using var socket = await OpenAsync(Hosts.OpenAi);

        await socket.Client.SendAsync(Masked(Text, message));

        Assert.StartsWith(reason, (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync(1))[0].CloseCode);
    }

    [Fact]
    public async Task SocketThatShowsOnlyLaterThatAModelIsThere_IsEnded()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, """{"type":"response.create","model":"m","input":"hi"}"""));

        Assert.StartsWith("upgrade_refused", (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Call(string id, string tool)
    {
        string Item(string arguments, string status) =>
            $$"""{"id":"{{id}}","object":"realtime.item","type":"function_call","status":"{{status}}","name":"{{tool}}","call_id":"c-{{id}}","arguments":"{{arguments}}"}""";
        yield return $$$"""{"type":"response.output_item.added","response_id":"r-{{{id}}}","output_index":0,"item":{{{Item("", "in_progress")}}}}""";
        yield return $$"""{"type":"response.function_call_arguments.delta","response_id":"r-{{id}}","item_id":"{{id}}","output_index":0,"delta":"{}"}""";
        yield return $$"""{"type":"response.function_call_arguments.done","response_id":"r-{{id}}","item_id":"{{id}}","output_index":0,"arguments":"{}"}""";
        yield return $$$"""{"type":"response.output_item.done","response_id":"r-{{{id}}}","output_index":0,"item":{{{Item("{}", "completed")}}}}""";
        yield return $$"""{"type":"response.done","response":{"id":"r-{{id}}","output":[{{Item("{}", "completed")}}]} }""";
    }

    public sealed class GatedFirewall : FirewallFixture
    {
        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = """
                {
                  "schema": "policy/v1",
                  "rules": [
                    { "id": "reading", "on": "tool_call", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } },
                    { "id": "small-models", "on": "model_request", "outcome": "allow", "match": { "model": { "in": ["m", "small"] } } },
                    { "id": "ceiling", "on": "model_request", "outcome": "deny", "match": { "max_tokens": { "gt": 100 } }, "reason": "At most 100 tokens." },
                    { "id": "offered", "on": "tool_offer", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } }
                  ]
                }
                """,
        };
    }
}
