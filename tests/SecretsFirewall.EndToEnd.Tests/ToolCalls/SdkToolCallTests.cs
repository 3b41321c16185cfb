using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>The real SDKs put together what the gate lets through: they must find the allowed calls, words for the others, and nothing to stumble over.</summary>
public sealed class SdkToolCallTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private const string Script = "tools.mjs";
    private const string Bad = "delete_everything";

    public SdkToolCallTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("tools.json", """
            {
              "schema": "policy/v1",
              "rules": [
                { "id": "reading", "on": "tool_call", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } },
                { "id": "no-secrets", "on": "tool_call", "outcome": "steer", "match": { "arguments": { "contains_any": [".ssh"] } }, "reason": "Keys are not read.", "advice": "Use the reference." }
              ]
            }
            """));

    public static TheoryData<string, bool, string, string> Cases()
    {
        var cases = new TheoryData<string, bool, string, string>();
        foreach (var api in (string[])["messages", "chat", "responses"])
        {
            foreach (var stream in (bool[])[false, true])
            {
                cases.Add(api, stream, "read_file", "read_file");
                cases.Add(api, stream, Bad, "");
                cases.Add(api, stream, $"{Bad},read_file", "read_file");
                cases.Add(api, stream, $"read_file,{Bad},read_file", "read_file,read_file");
            }
        }

        return cases;
    }

    [ClientTheory(Client.OpenAiSdk)]
    [MemberData(nameof(Cases))]
    public async Task Sdk_CallsThatTheModelMakes_AreWhatThePolicyAllows(string api, bool stream, string called, string expected)
    {
        Firewall.MarkAudit();
        var tools = called.Split(',');
        Upstream.Reset(stream
            ? Answer.Events(api switch { "messages" => ToolCallAnswers.MessageEvents(tools), "chat" => ToolCallAnswers.ChatEvents(tools), _ => ToolCallAnswers.ResponseEvents(tools) })
            : Answer.Json(api switch { "messages" => ToolCallAnswers.Message(tools), "chat" => ToolCallAnswers.Chat(tools), _ => ToolCallAnswers.Response(tools) }));

        var (result, lines) = await JsonClient.RunAsync(Client.OpenAiSdk, Script, Firewall.ClientEnvironment, Call(api, stream));

        var line = Assert.Single(lines);
        Assert.True(line["result"] is not null, line.ToJsonString());
        var answer = line["result"]!;
        var allowed = expected.Length == 0 ? [] : expected.Split(',');
        Assert.Equal(allowed, ToolsIn(api, answer));
        Assert.Equal(allowed.Length > 0 ? "call" : "words", EndOf(api, answer));
        Assert.Equal(tools.Length > allowed.Length, result.Text.Contains("withheld a tool call", StringComparison.Ordinal));
        Assert.DoesNotContain(Bad, result.Text, StringComparison.Ordinal);

        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome && record.Tools.Count > 0);
        Assert.Equal(tools.Select(tool => tool == Bad ? ("deny", "default") : ("allow", "reading")), outcome.Tools.Select(tool => (tool.Outcome, tool.Rule)));
        Assert.Equal(tools, outcome.Tools.Select(tool => tool.Name));
        Assert.Equal(tools.Length > allowed.Length ? Verdict.Changed : Verdict.Forwarded, outcome.Verdict);
    }

    [ClientFact(Client.OpenAiSdk)]
    public async Task Sdk_AnswerThatSaysACallInTwoWays_EndsInAnError()
    {
        Firewall.MarkAudit();
        var events = ToolCallAnswers.ChatEvents("read_file");
        Upstream.Reset(Answer.Events([.. events[..^3], events[1].Replace("read_file", Bad, StringComparison.Ordinal), .. events[^3..]]));

        var (result, lines) = await JsonClient.RunAsync(Client.OpenAiSdk, Script, Firewall.ClientEnvironment, Call("chat", stream: true));

        Assert.NotNull(Assert.Single(lines)["error"]);
        Assert.DoesNotContain(Bad, result.Text, StringComparison.Ordinal);
        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome && record.Code is not null);
        Assert.Equal(("upstream_uninspectable", "tool_calls"), (outcome.Code, outcome.Rule));
    }

    private static JsonObject Call(string api, bool stream)
    {
        var request = JsonNode.Parse(api == "messages" ? Prompts.Messages("Go.") : Prompts.Chat("Go."))!.AsObject();
        request.Remove("stream");
        if (api == "responses")
        {
            request.Remove("messages");
            request["input"] = "Go.";
        }

        return new JsonObject { ["api"] = api, ["stream"] = stream, ["request"] = request };
    }

    private static IEnumerable<string?> ToolsIn(string api, JsonNode answer) => api switch
    {
        "messages" => answer["content"]!.AsArray().Where(block => (string?)block!["type"] == "tool_use").Select(block =>
        {
            Assert.Equal("/tmp/a", (string?)block!["input"]!["path"]);
            return (string?)block["name"];
        }),
        "chat" => (answer["choices"]![0]!["message"]!["tool_calls"]?.AsArray() ?? []).Select(call =>
        {
            Assert.Equal("{\"path\": \"/tmp/a\"}", (string?)call!["function"]!["arguments"]);
            return (string?)call["function"]!["name"];
        }),
        _ => answer["output"]!.AsArray().Where(item => (string?)item!["type"] == "function_call").Select(item =>
        {
            Assert.Equal("{\"path\": \"/tmp/a\"}", (string?)item!["arguments"]);
            return (string?)item["name"];
        }),
    };

    private static string EndOf(string api, JsonNode answer) => api switch
    {
        "messages" => (string?)answer["stop_reason"] == "tool_use" ? "call" : Words((string?)answer["stop_reason"] == "end_turn"),
        "chat" => (string?)answer["choices"]![0]!["finish_reason"] == "tool_calls" ? "call" : Words((string?)answer["choices"]![0]!["finish_reason"] == "stop"),
        _ => answer["output"]!.AsArray().Any(item => (string?)item!["type"] == "function_call") ? "call" : Words((string?)answer["status"] == "completed"),
    };

    private static string Words(bool isOrdinary) => isOrdinary ? "words" : "something else";
}
