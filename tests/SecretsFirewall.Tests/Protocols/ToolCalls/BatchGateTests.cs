using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>Results of batches, a whole answer in each line; and what carries calls in shapes that nobody reads.</summary>
public sealed class BatchGateTests
{
    [Fact]
    public void Lines_ResultsOfThreeProviders_EachAnswerIsDecided()
    {
        string[] lines =
        [
            Anthropic("good_tool"), Anthropic("bad_tool"), OpenAi("good_tool"), OpenAi("bad_tool"), Gemini("good_tool"), Gemini("bad_tool"),
            """{"custom_id":"7","result":{"type":"errored","error":{"type":"invalid_request"}}}""",
        ];

        var gated = Gated.RunInAllCuts(string.Join('\n', lines) + "\n", AnswerFraming.JsonLines);

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(["good_tool", "bad_tool", "good_tool", "bad_tool", "good_tool", "bad_tool"], gated.Calls.Select(static call => call.Tool));
        var output = gated.Output.TrimEnd('\n').Split('\n');
        Assert.Equal([lines[0], lines[2], lines[4], lines[6]], new[] { output[0], output[2], output[4], output[6] });
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
        Assert.Equal("text", (string?)JsonNode.Parse(output[1])!["result"]!["message"]!["content"]![0]!["type"]);
        Assert.Equal("stop", (string?)JsonNode.Parse(output[3])!["response"]!["body"]!["choices"]![0]!["finish_reason"]);
    }

    [Theory]
    [InlineData("""{"custom_id":"1","result":{"message":{"content":[],"x":{"type":"tool_use","name":"rm","input":{}}}}}""")]
    [InlineData("""{"custom_id":"1","result":{"type":"succeeded","tool_calls":[{"name":"rm"}]}}""")]
    [InlineData("""{"result":{"message":{"type":"message","content":[{"type":"tool_use","id":"1","name":"rm","input":{}}]}}}""")] // of no request
    public void Lines_CallThatStandsElsewhere_Stops(string line) =>
        Assert.Equal(ToolGateStop.UnknownShape, Gated.RunInAllCuts(line + "\n", AnswerFraming.JsonLines).Stop);

    // Shapes that nobody reads calls in: Gemini's Interactions and Mistral's Conversations, streamed and in one piece.
    [Theory]
    [InlineData("event: step.start\ndata: {\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":\"function_call\",\"id\":\"1\",\"name\":\"rm\",\"arguments\":{}}}\n\n", AnswerFraming.Events)]
    [InlineData("event: interaction.created\ndata: {\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"1\"}}\n\n", AnswerFraming.Events)]
    [InlineData("{\"id\":\"1\",\"object\":\"interaction\",\"steps\":[{\"type\":\"function_call\",\"id\":\"1\",\"name\":\"rm\",\"arguments\":{}}]}", AnswerFraming.Json)]
    [InlineData("{\"id\":\"1\",\"object\":\"interaction\",\"steps\":[{\"type\":\"mcp_server_tool_call\",\"name\":\"rm\",\"arguments\":{}}]}", AnswerFraming.Json)]
    [InlineData("event: function.call.delta\ndata: {\"type\":\"function.call.delta\",\"tool_call_id\":\"1\",\"name\":\"rm\",\"arguments\":\"{}\"}\n\n", AnswerFraming.Events)]
    [InlineData("event: conversation.response.started\ndata: {\"type\":\"conversation.response.started\",\"conversation_id\":\"1\"}\n\n", AnswerFraming.Events)]
    [InlineData("{\"object\":\"conversation.response\",\"outputs\":[{\"type\":\"function.call\",\"tool_call_id\":\"1\",\"name\":\"rm\",\"arguments\":\"{}\"}]}", AnswerFraming.Json)]
    public void Answer_OfInteractionsOrConversations_Stops(string answer, AnswerFraming framing)
    {
        var gated = Gated.RunInAllCuts(answer, framing);
        Assert.Equal((ToolGateStop.UnknownShape, ""), (gated.Stop, gated.Output));
    }

    private static string Anthropic(string tool) => $$$"""{"custom_id":"1","result":{"type":"succeeded","message":{{{Wire.Message(Wire.ToolUse(tool), "tool_use")}}} } }""";

    private static string OpenAi(string tool) => $$$"""
        {"id":"b","custom_id":"2","response":{"status_code":200,"body":{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"{{{tool}}}","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}},"error":null}
        """.Trim();

    private static string Gemini(string tool) => $$$"""
        {"key":"3","response":{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"{{{tool}}}","args":{} } }]},"finishReason":"STOP"}]} }
        """.Trim();
}
