using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class OllamaGateTests
{
    private static string Call(string tool, string more = "") => $$$$"""{"function":{"name":"{{{{tool}}}}","arguments":{ "a": 1 }{{{{more}}}}}}""";

    private static string Body(string message) => $$"""{"model":"m","message":{"role":"assistant",{{message}}},"done":true,"done_reason":"stop","eval_count":7}""";

    [Theory]
    [InlineData("\"content\":\"\",", Gated.Words)]
    [InlineData("\"content\":\"Hm.\",", "Hm.\n\n" + Gated.Words)]
    [InlineData("\"content\":null,", Gated.Words)]
    [InlineData("", Gated.Words)]
    public void Body_DeniedCall_IsWordsInTheContent(string content, string expected)
    {
        var message = JsonNode.Parse(Gated.RunInAllCuts(Body($"{content}\"tool_calls\":[{Call("bad_tool")}]"), AnswerFraming.Json).Output)!["message"]!;

        Assert.Equal(expected, (string?)message["content"]);
        Assert.Null(message["tool_calls"]);
    }

    [Fact]
    public void Body_ParallelCallsOneDenied_KeepsTheOther()
    {
        var allowed = Body($"\"content\":\"\",\"tool_calls\":[{Call("good_tool")}, {Call("good_tool")}]");
        var gated = JsonNode.Parse(Gated.RunInAllCuts(Body($"\"content\":\"\",\"tool_calls\":[{Call("bad_tool", ",\"index\":0")}, {Call("good_tool", ",\"index\":1")}]"), AnswerFraming.Json).Output)!;

        Assert.Equal(allowed, Gated.RunInAllCuts(allowed, AnswerFraming.Json).Output);
        var call = Assert.Single(gated["message"]!["tool_calls"]!.AsArray())!["function"]!;
        Assert.Equal(("good_tool", 0), ((string?)call["name"], (int?)call["index"]));
        Assert.Equal(7, (int?)gated["eval_count"]);
    }

    [Fact]
    public void Lines_IndicesOfWhatStays_AreContiguous()
    {
        var lines = string.Concat(((string[])["good_tool", "bad_tool", "good_tool"]).Select((tool, i) =>
            $"{{\"message\":{{\"content\":\"\",\"tool_calls\":[{Call(tool, $",\"index\":{i}")}]}},\"done\":false}}\n"));

        var left = Gated.RunInAllCuts(lines, AnswerFraming.JsonLines).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["message"]!);

        Assert.Equal([0, 1], left.SelectMany(message => message["tool_calls"]?.AsArray() ?? []).Select(call => (int?)call!["function"]!["index"]));
    }

    [Theory]
    [InlineData("{\"error\":\"out of memory\"}\n")]
    [InlineData("{\"status\":\"pulling\",\"total\":3}\r\n\r\n{\"status\":\"success\"}")]
    [InlineData("{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"tool_calls\":[]}}\n")]
    [InlineData("{\"model\":\"m\",\"response\":\"x\",\"done\":true}\n")]
    public void Lines_WithoutCalls_Pass(string lines) => Assert.Equal(lines, Gated.RunInAllCuts(lines, AnswerFraming.JsonLines).Output);

    [Theory]
    [InlineData("""{"message":{"tool_calls":[{"function":{"name":"good_tool","arguments":"{}"}}]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"message":{"tool_calls":[{"function":{"name":"","arguments":{}}}]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"message":{"tool_calls":[{"type":"wish","function":{"name":"good_tool","arguments":{}}}]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"message":{"tool_calls":{"function":{"name":"good_tool"}}}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"message":{"content":[],"tool_calls":[{"function":{"name":"good_tool"}}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"message":{"Tool_Calls":[{"function":{"name":"good_tool"}}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"message":{"content":"x","function_call":{"name":"good_tool"}}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"message":{"tool_calls":[],"tool_calls":[{"function":{"name":"good_tool"}}]}}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"message":{"content":"x"}} {"message":{"tool_calls":[{"function":{"name":"good_tool"}}]}}""", ToolGateStop.NotStrictJson)]
    [InlineData("[{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"good_tool\"}}]}}]", ToolGateStop.NotStrictJson)]
    [InlineData("{\"message\":{\"content\":\"\"},\"done\":true}\n{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"good_tool\"}}]}}", ToolGateStop.Contradiction)]
    public void Lines_ThatTwoClientsReadInTwoWays_AreRefused(string line, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(line + "\n", AnswerFraming.JsonLines);

        Assert.Equal(stop, gated.Stop);
        Assert.DoesNotContain("good_tool", gated.Output, StringComparison.Ordinal);
    }
}
