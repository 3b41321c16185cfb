using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class MessagesGateTests
{
    private static string Before => Wire.MessageStart + Wire.Ping + Wire.Thinking(0) + Wire.TextBlock(1, "Let me see.");

    [Fact]
    public void Stream_AllowedCall_LeavesByteForByteHoweverItIsCut()
    {
        var stream = Before + Wire.ToolBlock(2, "good_tool") + ": comment\n\n" + Wire.MessageEnd("tool_use");

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal((stream, ToolGateStop.None), (gated.Output, gated.Stop));
        Assert.Equal(new ToolCall("good_tool", Wire.Arguments), Assert.Single(gated.Calls));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Stream_OtherLineEndsAndNoLastBlankLine_AreReadAsTheSame(string lineEnd)
    {
        var stream = (Before + Wire.ToolBlock(2, "bad_tool") + Wire.MessageEnd("tool_use")).Replace("\n", lineEnd, StringComparison.Ordinal)[..^lineEnd.Length];

        var gated = Gated.RunInAllCuts("\uFEFF" + stream);

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal("bad_tool", Assert.Single(gated.Calls).Tool);
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_DeniedCall_IsWordsUnderItsIndexAndAnOrdinaryEnd()
    {
        var gated = Gated.RunInAllCuts(Before + Wire.BlockStart(2, "bad_tool") + Wire.Ping + Wire.InputDelta(2, "{\"secret_arg\":1}") + Wire.BlockStop(2) + Wire.MessageEnd("tool_use"));

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(Before + Wire.TextBlock(2, Gated.Words).Replace("\\u0022", "\\\"", StringComparison.Ordinal) + Wire.Ping + Wire.MessageEnd("end_turn"), gated.Output);
    }

    [Fact]
    public void Stream_ParallelCallsOneDenied_KeepsTheOtherAndTheReason()
    {
        var gated = Gated.RunInAllCuts(Before + Wire.ToolBlock(2, "bad_tool") + Wire.ToolBlock(3, "good_tool") + Wire.ToolBlock(4, "worse_tool") + Wire.MessageEnd("tool_use"));

        var events = Wire.Events(gated.Output);
        Assert.Equal([0, 1, 2, 3, 4], events.Where(e => (string?)e["type"] == "content_block_start").Select(e => (int)e["index"]!));
        Assert.Equal(["thinking", "text", "text", "tool_use", "text"], events.Where(e => (string?)e["type"] == "content_block_start").Select(e => (string?)e["content_block"]!["type"]));
        Assert.Contains(Wire.ToolBlock(3, "good_tool"), gated.Output, StringComparison.Ordinal);
        Assert.Contains("\"stop_reason\":\"tool_use\"", gated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_TextBeforeACall_LeavesBeforeTheCallIsComplete()
    {
        Assert.Equal(Before, Gated.After(Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(2, "{}")));
    }

    [Fact]
    public void Stream_DeniedCall_NoPrefixHoldsItsNameOrArguments()
    {
        var stream = Before + Wire.ToolBlock(2, "bad_tool") + Wire.MessageEnd("tool_use");

        for (var end = 1; end <= stream.Length; end++)
        {
            var output = Gated.After(stream[..end]);
            Assert.DoesNotContain("bad_tool", output, StringComparison.Ordinal);
            Assert.DoesNotContain("/tmp", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{\"a\": ")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{} {}")]
    [InlineData("[1]")]
    public void Stream_ArgumentsThatAreNoJsonObject_AreWithheld(string arguments)
    {
        var gated = Gated.RunInAllCuts(Before + Wire.ToolBlock(2, "good_tool", arguments) + Wire.MessageEnd("max_tokens"));

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Null(Assert.Single(gated.Calls).Arguments);
        Assert.DoesNotContain("good_tool", gated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_NoArguments_AreEmptyOnes() =>
        Assert.Equal("{}", Assert.Single(Gated.Run(Before + Wire.BlockStart(2, "good_tool") + Wire.BlockStop(2) + Wire.MessageEnd("tool_use")).Calls).Arguments);

    public static TheoryData<string, string, ToolGateStop> Differentials => new()
    {
        { "full input in the start event", Before + Wire.BlockStart(2, "good_tool", "{\"x\":1}") + Wire.BlockStop(2), ToolGateStop.Contradiction },
        { "full input in the start event plus deltas", Before + Wire.BlockStart(2, "good_tool", "{\"x\":1}") + Wire.InputDelta(2, "{}") + Wire.BlockStop(2), ToolGateStop.Contradiction },
        { "a call in message_start", Wire.MessageStart.Replace("\"content\":[]", $"\"content\":[{Wire.ToolUse("good_tool")}]", StringComparison.Ordinal), ToolGateStop.Contradiction },
        { "an event name that is not its type", Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(2, "{}").Replace("event: content_block_delta", "event: ping", StringComparison.Ordinal), ToolGateStop.EventName },
        { "two event names", Before + Wire.TextBlock(2, "x").Replace("event: content_block_stop", "event: ping\nevent: content_block_stop", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "an unknown event", Before + Wire.Event("content_block_more", "\"index\":2"), ToolGateStop.UnknownShape },
        { "an unknown block", Before + Wire.BlockStart(2, "x").Replace("tool_use", "tool_wish", StringComparison.Ordinal), ToolGateStop.UnknownShape },
        { "a block type in other capitals", Before + Wire.BlockStart(2, "x").Replace("tool_use", "Tool_Use", StringComparison.Ordinal), ToolGateStop.UnknownShape },
        { "a member in other capitals", Before + Wire.BlockStart(2, "good_tool").Replace("\"name\":", "\"Name\":\"bad_tool\",\"name\":", StringComparison.Ordinal) + Wire.BlockStop(2), ToolGateStop.UnknownShape },
        { "duplicate keys", Before + Wire.BlockStart(2, "good_tool").Replace("\"name\":", "\"name\":\"bad_tool\",\"name\":", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "duplicate keys, one escaped", Before + Wire.BlockStart(2, "good_tool").Replace("\"name\":", "\"n\\u0061me\":\"bad_tool\",\"name\":", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "JSON behind the JSON", Before + Wire.BlockStop(1).Replace("}\n\n", "} {}\n\n", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "no JSON", Before + "event: ping\ndata: {\"type\":\n\n", ToolGateStop.NotStrictJson },
        { "a field that is nearly one", Before + " data: {\"type\":\"ping\"}\n\n", ToolGateStop.NotStrictJson },
        { "a gap in the indices", Before + Wire.ToolBlock(3, "good_tool"), ToolGateStop.Contradiction },
        { "a delta for another block", Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(1, "{}"), ToolGateStop.Contradiction },
        { "arguments for a text block", Before + Wire.BlockStart(2, "x").Replace("tool_use", "text", StringComparison.Ordinal) + Wire.InputDelta(2, "{}"), ToolGateStop.UnknownShape },
        { "a call within a call", Before + Wire.BlockStart(2, "good_tool") + Wire.BlockStart(3, "good_tool"), ToolGateStop.Contradiction },
        { "no end of the block", Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(2, "{}") + Wire.MessageEnd("tool_use"), ToolGateStop.Contradiction },
        { "the end of the stream within a call", Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(2, "{}"), ToolGateStop.Unfinished },
        { "another message behind the first", Before + Wire.MessageEnd("end_turn") + Wire.MessageStart, ToolGateStop.Contradiction },
        { "a call within a result", Before + Wire.BlockStart(2, "x").Replace("\"content_block\":{\"type\":\"tool_use\"", "\"content_block\":{\"type\":\"mcp_tool_result\",\"content\":[{\"type\":\"tool_use\",\"name\":\"good_tool\"}]", StringComparison.Ordinal), ToolGateStop.UnknownShape },
        { "a call in another provider's shape", Before + Wire.Ping.Replace("\"ping\"}", "\"ping\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}", StringComparison.Ordinal), ToolGateStop.UnknownShape },
    };

    [Theory]
    [MemberData(nameof(Differentials))]
    public void Stream_ThatTwoClientsReadInTwoWays_IsRefusedBeforeTheCallLeaves(string what, string stream, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(stream);

        Assert.True(gated.Stop == stop, $"{what}: {gated.Stop}");
        Assert.DoesNotContain("tool\"", gated.Output, StringComparison.Ordinal);
        Assert.StartsWith(gated.Output, stream, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_ErrorWithinACall_ReachesTheClientAndTheCallDoesNot()
    {
        var error = Wire.Event("error", "\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}");

        var gated = Gated.RunInAllCuts(Before + Wire.BlockStart(2, "good_tool") + Wire.InputDelta(2, "{}") + error);

        Assert.Equal((Before + error, ToolGateStop.None), (gated.Output, gated.Stop));
    }

    [Fact]
    public void Stream_WhatTheProviderRanItself_Passes()
    {
        var stream = Before
            + Wire.BlockStart(2, "web_search").Replace("\"tool_use\"", "\"server_tool_use\"", StringComparison.Ordinal) + Wire.InputDelta(2, "{\"q\":1}") + Wire.BlockStop(2)
            + Wire.Event("content_block_start", """
                "index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"srv","content":[]}
                """.Trim()) + Wire.BlockStop(3) + Wire.MessageEnd("end_turn");

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal((stream, ToolGateStop.None), (gated.Output, gated.Stop));
        Assert.Empty(gated.Calls);
    }

    [Fact]
    public void Body_AllowedCall_LeavesByteForByte()
    {
        var body = Wire.Message("{\"type\":\"text\",\"text\":\"x\"}," + Wire.ToolUse("good_tool"), "tool_use");

        var gated = Gated.RunInAllCuts(body, AnswerFraming.Json);

        Assert.Equal((body, ToolGateStop.None), (gated.Output, gated.Stop));
        Assert.Equal(new ToolCall("good_tool", Wire.Arguments), Assert.Single(gated.Calls));
    }

    [Fact]
    public void Body_DeniedCalls_AreWordsInTheirPlaces()
    {
        var one = JsonNode.Parse(Gated.RunInAllCuts(Wire.Message(Wire.ToolUse("bad_tool") + "," + Wire.ToolUse("good_tool"), "tool_use"), AnswerFraming.Json).Output)!;
        var all = JsonNode.Parse(Gated.RunInAllCuts(Wire.Message(Wire.ToolUse("bad_tool"), "tool_use"), AnswerFraming.Json).Output)!;

        Assert.Equal(("text", Gated.Words), ((string?)one["content"]![0]!["type"], (string?)one["content"]![0]!["text"]));
        Assert.Equal(("good_tool", "tool_use"), ((string?)one["content"]![1]!["name"], (string?)one["stop_reason"]));
        Assert.Equal("end_turn", (string?)all["stop_reason"]);
        Assert.Equal(7, (int?)all["usage"]!["output_tokens"]);
    }

    [Theory]
    [InlineData("{\"type\":\"message\",\"content\":[{\"type\":\"tool_wish\",\"name\":\"x\"}]}")]
    [InlineData("{\"type\":\"message\",\"content\":[{\"type\":\"text\"}],\"x\":{\"type\":\"tool_use\"}}")]
    [InlineData("{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"name\":\"good_tool\",\"input\":\"{}\"}]}")]
    [InlineData("{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"name\":\"bad_tool\",\"name\":\"good_tool\",\"input\":{}}]}")]
    [InlineData("{\"type\":\"message\",\"content\":[{\"type\":\"web_fetch_tool_result\",\"content\":{\"type\":\"tool_use\",\"name\":\"good_tool\",\"input\":{}}}]}")]
    [InlineData("{\"type\":\"message\"} {}")]
    [InlineData("{\"type\":\"message\"")]
    [InlineData("[{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"name\":\"good_tool\",\"input\":{}}]}]")]
    public void Body_OfUnknownOrDoubleMeaning_IsRefusedWhole(string body)
    {
        var gated = Gated.RunInAllCuts(body, AnswerFraming.Json);

        Assert.NotEqual(ToolGateStop.None, gated.Stop);
        Assert.Empty(gated.Output);
    }

    [Theory]
    [InlineData("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"tool_use\"}}")]
    [InlineData("{\"data\":[{\"type\":\"model\",\"id\":\"m\"}],\"tools\":{\"tool_calls\":{\"x\":1}}}")]
    [InlineData(" \n")]
    public void Body_WithoutCalls_Passes(string body) => Assert.Equal(body, Gated.RunInAllCuts(body, AnswerFraming.Json).Output);
}
