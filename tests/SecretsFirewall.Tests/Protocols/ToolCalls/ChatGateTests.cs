using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class ChatGateTests
{
    [Fact]
    public void Stream_AllowedCalls_LeaveByteForByteHoweverTheyAreCut()
    {
        var stream = Wire.ChatStart + ": keep-alive\n\n" + Wire.ChatCall(0, "good_tool") + Wire.ChatCall(1, "good_tool") + Wire.ChatEnd();

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal((stream, ToolGateStop.None), (gated.Output, gated.Stop));
        Assert.Equal([new ToolCall("good_tool", Wire.Arguments), new ToolCall("good_tool", Wire.Arguments)], gated.Calls);
    }

    [Fact]
    public void Stream_DeniedCall_IsWordsAndAnOrdinaryEnd()
    {
        var gated = Gated.RunInAllCuts(Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd());

        var events = Wire.Events(gated.Output);
        Assert.Equal(["", "Let me see.", "\n\n" + Gated.Words], Deltas(events).Select(delta => (string?)delta["content"]).OfType<string>());
        Assert.Equal("stop", Finish(events));
        Assert.Equal(9, (int?)events[^1]["usage"]!["total_tokens"]);
        Assert.EndsWith(Wire.Done, gated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("tool", gated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_ParallelCallsOneDenied_RenumbersTheOthers()
    {
        var gated = Gated.RunInAllCuts(Wire.ChatStart + Wire.ChatCall(0, "good_tool") + Wire.ChatCall(1, "bad_tool") + Wire.ChatCall(2, "good_tool") + Wire.ChatEnd());

        var events = Wire.Events(gated.Output);
        var calls = Deltas(events).SelectMany(delta => delta["tool_calls"]?.AsArray() ?? []).ToList();
        Assert.Equal([0, 1], calls.Select(call => (int)call!["index"]!).Distinct());
        Assert.Equal(["call_0", "call_2"], calls.Select(call => (string?)call!["id"]).OfType<string>());
        Assert.Equal(string.Concat(Wire.Pieces), string.Concat(calls.Where(call => (int)call!["index"]! == 1).Select(call => (string?)call!["function"]!["arguments"])));
        Assert.Equal("tool_calls", Finish(events));
        Assert.Contains(Gated.Words, string.Concat(Deltas(events).Select(delta => (string?)delta["content"])), StringComparison.Ordinal);
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_CallsInOneChunkWithTheEnd_AreThinnedInPlace()
    {
        var chunk = Wire.Chunk("""{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"bad_tool","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"good_tool","arguments":{"x":1}}}]}""", "\"tool_calls\"");

        var events = Wire.Events(Gated.RunInAllCuts(chunk + Wire.Done).Output);

        Assert.Equal("assistant", (string?)Deltas(events).First()["role"]);
        var call = Assert.Single(Deltas(events).Last()["tool_calls"]!.AsArray())!;
        Assert.Equal((0, "b", "good_tool"), ((int)call["index"]!, (string?)call["id"], (string?)call["function"]!["name"]));
        Assert.Equal("tool_calls", Finish(events));
    }

    [Fact]
    public void Stream_AllCallsInOneChunkDenied_LeavesNoEmptyList()
    {
        var chunk = Wire.Chunk("""{"role":"assistant","tool_calls":[{"index":0,"id":"a","function":{"name":"bad_tool","arguments":"{}"}}],"x":1}""", "\"stop\"");

        var events = Wire.Events(Gated.RunInAllCuts(chunk).Output);

        Assert.All(Deltas(events), delta => Assert.Null(delta["tool_calls"]));
        Assert.Equal("stop", Finish(events));
        Assert.Equal(1, (int?)Deltas(events).Last()["x"]);
    }

    [Fact]
    public void Stream_SeveralChoices_AreEachGated()
    {
        var gated = Gated.RunInAllCuts(
            Wire.ChatCall(0, "good_tool", choice: 0) + Wire.ChatCall(0, "bad_tool", choice: 1)
            + Wire.Chunk("{}", "\"tool_calls\"", 0) + Wire.Chunk("{}", "\"tool_calls\"", 1) + Wire.Done);

        var choices = Wire.Events(gated.Output).Select(e => e["choices"]![0]!).ToList();
        Assert.Equal(["tool_calls"], choices.Where(choice => (int)choice["index"]! == 0).Select(choice => (string?)choice["finish_reason"]).OfType<string>());
        Assert.Equal(["stop"], choices.Where(choice => (int)choice["index"]! == 1).Select(choice => (string?)choice["finish_reason"]).OfType<string>());
    }

    [Theory]
    [InlineData("good_tool", "function_call")]
    [InlineData("bad_tool", "stop")]
    public void Stream_LegacyCall_IsGated(string tool, string finish)
    {
        var gated = Gated.RunInAllCuts(
            Wire.Chunk($$$"""{"role":"assistant","content":null,"function_call":{"name":"{{{tool}}}","arguments":""}}""")
            + Wire.Chunk("""{"function_call":{"arguments":"{}"}}""") + Wire.Chunk("{}", "\"function_call\"") + Wire.Done);

        Assert.Equal(finish, Finish(Wire.Events(gated.Output)));
        Assert.Equal(finish == "function_call", gated.Output.Contains(tool, StringComparison.Ordinal));
    }

    [Fact]
    public void Stream_CustomTool_IsDecidedOnItsText()
    {
        var gated = Gated.RunInAllCuts(
            Wire.Chunk("""{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"good_tool","input":"rm -"}}]}""")
            + Wire.Chunk("""{"tool_calls":[{"index":0,"custom":{"input":"rf \ud83d"}}]}""") + Wire.Chunk("""{"tool_calls":[{"index":0,"custom":{"input":"\ude00"}}]}""") + Wire.ChatEnd());

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(new ToolCall("good_tool", "rm -rf 😀"), Assert.Single(gated.Calls));
    }

    [Fact]
    public void Stream_TextBeforeACall_LeavesBeforeTheCallIsComplete() =>
        Assert.Equal(Wire.ChatStart, Gated.After(Wire.ChatStart + Wire.ChatCall(0, "good_tool")));

    [Fact]
    public void Stream_DeniedCall_NoPrefixHoldsItsNameOrArguments()
    {
        var stream = Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd();

        for (var end = 1; end <= stream.Length; end++)
        {
            var output = Gated.After(stream[..end]);
            Assert.DoesNotContain("bad_tool", output, StringComparison.Ordinal);
            Assert.DoesNotContain("/tmp", output, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string, ToolGateStop> Differentials => new()
    {
        { "a later chunk renames the tool", Wire.CallDelta(0, "good_tool", "") + Wire.CallDelta(0, "bad_tool", "{}") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "a later chunk says the name again", Wire.CallDelta(0, "good_tool", "") + Wire.CallDelta(0, "good_tool", "{}") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "a call behind the finish reason", Wire.ChatStart + Wire.Chunk("{}", "\"stop\"") + Wire.ChatCall(0, "good_tool") + Wire.Done, ToolGateStop.Contradiction },
        { "a call behind the end", Wire.ChatStart + Wire.ChatEnd("stop") + Wire.ChatCall(0, "good_tool"), ToolGateStop.Contradiction },
        { "a gap in the indices", Wire.ChatCall(1, "good_tool") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "no index", Wire.ChatCall(0, "good_tool").Replace("[{\"index\":0,", "[{", StringComparison.Ordinal) + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "back to an earlier call", Wire.ChatCall(0, "good_tool") + Wire.ChatCall(1, "good_tool") + Wire.ArgumentsDelta(0, " ") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "no name", Wire.CallDelta(0, "", "{}") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "both shapes of a call", Wire.ChatCall(0, "good_tool") + Wire.Chunk("""{"function_call":{"name":"good_tool","arguments":"{}"}}""") + Wire.ChatEnd(), ToolGateStop.Contradiction },
        { "a whole message in a stream", Wire.ChatStart + Wire.Chunk("{}").Replace("\"delta\":{}", "\"delta\":{},\"message\":{\"tool_calls\":[{\"x\":1}]}", StringComparison.Ordinal), ToolGateStop.UnknownShape },
        { "the end of the stream within a call", Wire.ChatStart + Wire.ChatCall(0, "good_tool"), ToolGateStop.Unfinished },
        { "no finish reason", Wire.ChatStart + Wire.ChatCall(0, "good_tool") + Wire.Done, ToolGateStop.Unfinished },
        { "an event name", Wire.ChatStart + "event: ping\n" + Wire.ChatCall(0, "good_tool"), ToolGateStop.EventName },
        { "duplicate keys", Wire.CallDelta(0, "good_tool", "{}").Replace("\"name\":", "\"name\":\"bad_tool\",\"name\":", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "JSON behind the JSON", Wire.ChatStart.Replace("}\n\n", "}{}\n\n", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
        { "no choices", Wire.ChatStart + "data: {\"object\":\"chat.completion.chunk\"}\n\n", ToolGateStop.UnknownShape },
        { "calls in other capitals", Wire.ChatStart + Wire.Chunk("""{"Tool_Calls":[{"index":0,"function":{"name":"good_tool"}}]}"""), ToolGateStop.UnknownShape },
    };

    [Theory]
    [MemberData(nameof(Differentials))]
    public void Stream_ThatTwoClientsReadInTwoWays_IsRefusedBeforeTheCallLeaves(string what, string stream, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(stream);

        Assert.True(gated.Stop == stop, $"{what}: {gated.Stop}");
        Assert.DoesNotContain("_tool\"", gated.Output, StringComparison.Ordinal);
        Assert.StartsWith(gated.Output, stream, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_ErrorWithinACall_ReachesTheClientAndTheCallDoesNot()
    {
        const string Error = "data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n";

        Assert.Equal(Wire.ChatStart + Error, Gated.RunInAllCuts(Wire.ChatStart + Wire.ChatCall(0, "good_tool") + Error).Output);
    }

    [Theory]
    [InlineData("\"content\":null,", "good_tool", "good_tool", 2, null, "tool_calls")]
    [InlineData("\"content\":null,", "bad_tool", "good_tool", 1, Gated.Words, "tool_calls")]
    [InlineData("\"content\":\"Hm.\",", "good_tool", "bad_tool", 1, "Hm.\n\n" + Gated.Words, "tool_calls")]
    [InlineData("", "bad_tool", "bad_tool", 0, Gated.Words + "\n\n" + Gated.Words, "stop")]
    [InlineData("\"content\":\"\",", "bad_tool", "bad_tool", 0, Gated.Words + "\n\n" + Gated.Words, "stop")]
    public void Body_Calls_AreDecidedOneByOne(string content, string first, string second, int left, string? text, string finish)
    {
        var body = $$$$"""
            {"id":"x","choices":[{"index":0,"message":{{{{{content}}}}"tool_calls":[{"id":"a","type":"function","function":{"name":"{{{{first}}}}","arguments":"{}"}}, {"id":"b","type":"function","function":{"name":"{{{{second}}}}","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"total_tokens":3}}
            """;

        var gated = Gated.RunInAllCuts(body, AnswerFraming.Json);

        var choice = JsonNode.Parse(gated.Output)!["choices"]![0]!;
        Assert.Equal(left, choice["message"]!["tool_calls"]?.AsArray().Count ?? 0);
        Assert.Equal(left == 0, choice["message"]!["tool_calls"] is null);
        Assert.Equal((text, finish), ((string?)choice["message"]!["content"], (string?)choice["finish_reason"]));
        Assert.Equal(left == 2, gated.Output == body);
    }

    [Fact]
    public void Body_ContentInParts_GetsOneMore()
    {
        var body = """{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"a"}],"function_call":{"name":"bad_tool","arguments":"{}"}},"finish_reason":"function_call"}]}""";

        var message = JsonNode.Parse(Gated.RunInAllCuts(body, AnswerFraming.Json).Output)!["choices"]![0]!["message"]!;

        Assert.Equal(Gated.Words, (string?)message["content"]![1]!["text"]);
        Assert.Null(message["function_call"]);
    }

    private static IEnumerable<JsonNode> Deltas(List<JsonNode> events) => events.SelectMany(e => e["choices"]!.AsArray()).Select(choice => choice!["delta"]!);

    private static string? Finish(List<JsonNode> events) => events.SelectMany(e => e["choices"]!.AsArray()).Select(choice => (string?)choice!["finish_reason"]).OfType<string>().Single();
}
