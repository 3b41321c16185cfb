using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;
using static SecretsFirewall.Tests.Inspection.AmazonStreams.AmazonFrames;
using static SecretsFirewall.Tests.Protocols.ToolCalls.Shape;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class ConverseGateTests
{
    private static readonly byte[] Begin = [.. Event("messageStart", """{"role":"assistant"}"""), .. Delta("Hm."), .. Stop()];

    private static byte[] Call(int index, string tool, string arguments = "{}") => [.. CallStart(index, tool), .. CallDelta(index, arguments), .. Stop(index)];

    private static byte[] End(string reason = "tool_use") => Event("messageStop", $$"""{"stopReason":"{{reason}}"}""");

    [Fact]
    public void Stream_DeniedCall_IsADeltaOfWordsUnderItsIndexAndAnOrdinaryEnd()
    {
        var gated = Gated.RunInAllCuts([.. Begin, .. Call(1, "bad_tool", "{\"secret_arg\":1}"), .. End()], AnswerFraming.Frames);

        byte[] words = Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"WITHHELD by \"r\"."}}""");
        Assert.Equal([.. Begin, .. words, .. Stop(1), .. Event("messageStop", """{"stopReason":"end_turn"}""")], gated.Bytes);
    }

    [Fact]
    public void Stream_OneCallAllowed_KeepsTheReasonAndItsFramesByteForByte()
    {
        var gated = Gated.RunInAllCuts([.. Begin, .. Call(1, "bad_tool"), .. Call(2, "good_tool"), .. End()], AnswerFraming.Frames);

        Assert.EndsWith(Convert.ToHexString([.. Call(2, "good_tool"), .. End()]), Convert.ToHexString(gated.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_WhatTheProviderRanItself_Passes()
    {
        byte[] stream =
        [
            .. Begin,
            .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"s","name":"bad_tool","type":"server_tool_use"}}}"""), .. CallDelta(1, "{}"), .. Stop(1),
            .. Event("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolResult":{"toolUseId":"s"}}}"""), .. Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolResult":[{"text":"x"}]}}"""), .. Stop(2),
            .. Event("contentBlockDelta", """{"contentBlockIndex":3,"delta":{"reasoningContent":{"text":"x"}}}"""), .. Event("contentBlockDelta", """{"contentBlockIndex":3,"delta":{"reasoningContent":{"signature":"c2ln"}}}"""), .. Stop(3),
            .. End("end_turn"), .. Frame([], []),
        ];

        var gated = Gated.RunInAllCuts(stream, AnswerFraming.Frames);

        Assert.Equal((ToolGateStop.None, 0), (gated.Stop, gated.Calls.Count));
        Assert.Equal(stream, gated.Bytes);
    }

    [Theory]
    [InlineData("exception")]
    [InlineData("error")]
    public void Stream_FailureWithinACall_ReachesTheClientAndTheCallDoesNot(string kind)
    {
        var failure = Frame([.. Header(":message-type", kind), .. Header(":exception-type", "throttlingException")], "{\"message\":\"Slow down.\"}"u8.ToArray());

        foreach (var begun in (byte[][])[Begin, [.. Chunks(Wire.MessageStart + Wire.TextBlock(0, "x")).SelectMany(frame => frame)]])
        {
            var open = begun == Begin ? CallStart(1, "good_tool") : Chunks(Wire.BlockStart(1, "good_tool"))[0];
            var gated = Gated.RunInAllCuts([.. begun, .. open, .. failure], AnswerFraming.Frames);

            Assert.Equal(ToolGateStop.None, gated.Stop);
            Assert.Equal([.. begun, .. failure], gated.Bytes);
        }
    }

    public static TheoryData<string, byte[], ToolGateStop> Differentials => new()
    {
        { "input in the start", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"good_tool","input":{"a":1}}}}""")], ToolGateStop.Contradiction },
        { "input that is no text", [.. Begin, .. CallStart(1, "good_tool"), .. Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":{}}}}""")], ToolGateStop.Contradiction },
        { "no name", [.. Begin, .. CallStart(1, "")], ToolGateStop.Contradiction },
        { "two kinds of start", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"text":{},"toolUse":{"toolUseId":"t","name":"good_tool"}}}""")], ToolGateStop.Contradiction },
        { "two kinds of delta", [.. Begin, .. CallStart(1, "good_tool"), .. Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"x","toolUse":{"input":"{}"}}}""")], ToolGateStop.Contradiction },
        { "an input without a call", [.. Begin, .. CallDelta(1, "{}")], ToolGateStop.Contradiction },
        { "words within a call", [.. Begin, .. CallStart(1, "good_tool"), .. Delta("x", 1)], ToolGateStop.Contradiction },
        { "a delta for another block", [.. Begin, .. CallStart(1, "good_tool"), .. CallDelta(0, "{}")], ToolGateStop.Contradiction },
        { "a call within a call", [.. Begin, .. CallStart(1, "good_tool"), .. CallStart(2, "good_tool")], ToolGateStop.Contradiction },
        { "an earlier index", [.. Begin, .. CallStart(0, "good_tool")], ToolGateStop.Contradiction },
        { "no end of the block", [.. Begin, .. CallStart(1, "good_tool"), .. CallDelta(1, "{}"), .. End()], ToolGateStop.Contradiction },
        { "a call behind the end", [.. Begin, .. End("end_turn"), .. CallStart(1, "good_tool")], ToolGateStop.Contradiction },
        { "a second message", [.. Begin, .. Event("messageStart", """{"role":"assistant"}""")], ToolGateStop.Contradiction },
        { "an unknown event", [.. Begin, .. Event("contentBlockMore", """{"contentBlockIndex":1}""")], ToolGateStop.UnknownShape },
        { "an unknown start", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"wish":{}}}""")], ToolGateStop.UnknownShape },
        { "an unknown delta", [.. Begin, .. Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"wish":{}}}""")], ToolGateStop.UnknownShape },
        { "a call of an unknown type", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"name":"good_tool","type":"wish"}}}""")], ToolGateStop.UnknownShape },
        { "a member in other capitals", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"ToolUse":{"name":"good_tool"}}}""")], ToolGateStop.UnknownShape },
        { "duplicate keys", [.. Begin, .. Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"name":"bad_tool","name":"good_tool"}}}""")], ToolGateStop.NotStrictJson },
        { "a name in the payload that is not the frame's", [.. Begin, .. Event("contentBlockStop", """{"type":"ping","contentBlockIndex":1}""")], ToolGateStop.EventName },
        { "the end of the stream within a call", [.. Begin, .. CallStart(1, "good_tool"), .. CallDelta(1, "{}")], ToolGateStop.Unfinished },
        { "a frame without a kind", [.. Begin, .. Frame(Header(":event-type", "contentBlockStop"), "{}"u8.ToArray())], ToolGateStop.UnknownShape },
        { "a frame of another kind", [.. Begin, .. Frame([.. Header(":event-type", "x"), .. Header(":message-type", "wish")], "{}"u8.ToArray())], ToolGateStop.UnknownShape },
        { "a kind twice", [.. Begin, .. Frame([.. Header(":message-type", "event"), .. Header(":message-type", "exception")], "{}"u8.ToArray())], ToolGateStop.NotFrames },
        { "an event type twice", [.. Begin, .. Frame([.. Header(":message-type", "event"), .. Header(":event-type", "metadata"), .. Header(":event-type", "contentBlockStart")], "{}"u8.ToArray())], ToolGateStop.NotFrames },
        { "an event that is an exception too", [.. Begin, .. Frame([.. Header(":message-type", "event"), .. Header(":event-type", "metadata"), .. Header(":exception-type", "x")], "{}"u8.ToArray())], ToolGateStop.UnknownShape },
        { "half a frame", [.. Begin, .. Stop(1)[..20]], ToolGateStop.NotFrames },
        { "an event in base64 among the others", [.. Begin, .. Chunk("""{"type":"ping"}""")], ToolGateStop.Contradiction },
    };

    [Theory]
    [MemberData(nameof(Differentials))]
    public void Stream_ThatTwoClientsReadInTwoWays_IsRefusedBeforeTheCallLeaves(string what, byte[] stream, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(stream, AnswerFraming.Frames);

        Assert.True(gated.Stop == stop, $"{what}: {gated.Stop}");
        Assert.DoesNotContain("tool\"", gated.Output, StringComparison.Ordinal);
        Assert.True(stream.AsSpan().StartsWith(gated.Bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(-1)]
    public void Stream_OneByteOfAFrameIsAnother_IsRefused(int at)
    {
        var frame = Call(1, "good_tool");
        frame[at < 0 ? CallStart(1, "good_tool").Length - 1 : at] ^= 1;

        var gated = Gated.Run([.. Begin, .. frame], AnswerFraming.Frames);

        Assert.Equal(ToolGateStop.NotFrames, gated.Stop);
        Assert.Equal(Begin, gated.Bytes);
    }

    [Theory]
    [InlineData("""{"bytes":"@","p":"x"}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"bytes":"eyJ0eXBlIjoicGluZyJ9\n"}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"bytes":"eyJ0eXBlIjoicGluZyJ9 "}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"bytes":"eyJ0eXBlIjoicGluZyJ9","bytes":"e30="}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"bytes":"eyJ0eXBlIjoicGluZyJ9","Bytes":"e30="}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"bytes":"eyJ0eXBlIjoicGluZyJ9","x":{"type":"tool_use"}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"x":"eyJ0eXBlIjoicGluZyJ9"}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"bytes":"eyJ4IjoxfQ=="}""", ToolGateStop.UnknownShape)]
    public void Chunk_ThatTwoClientsReadInTwoWays_IsRefused(string payload, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(Event("chunk", payload), AnswerFraming.Frames);

        Assert.Equal((stop, ""), (gated.Stop, gated.Output));
    }

    [Fact]
    public void Chunks_AnEventBesideThem_IsRefused()
    {
        byte[] stream = [.. Chunks(Wire.MessageStart + Wire.BlockStart(0, "good_tool")).SelectMany(frame => frame), .. Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}""")];

        Assert.Equal(ToolGateStop.Contradiction, Gated.RunInAllCuts(stream, AnswerFraming.Frames).Stop);
    }

    [Fact]
    public void Chunks_OfChatCompletions_AreGatedToo()
    {
        var gated = Gated.RunInAllCuts([.. Chunks(Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd()).SelectMany(frame => frame)], AnswerFraming.Frames);

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal("bad_tool", Assert.Single(gated.Calls).Tool);
        Assert.DoesNotContain("bad_tool", Shape.All["converse"].Read(gated.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Body_Calls_AreDecidedOneByOne()
    {
        var allowed = Body(Block("good_tool"));
        var one = JsonNode.Parse(Gated.RunInAllCuts(Body(Block("bad_tool"), Block("good_tool")), AnswerFraming.Json).Output)!;
        var all = JsonNode.Parse(Gated.RunInAllCuts(Body(Block("bad_tool")), AnswerFraming.Json).Output)!;

        Assert.Equal(allowed, Gated.RunInAllCuts(allowed, AnswerFraming.Json).Output);
        var content = one["output"]!["message"]!["content"]!;
        Assert.Equal(("Hm.", Gated.Words, "good_tool"), ((string?)content[0]!["text"], (string?)content[1]!["text"], (string?)content[2]!["toolUse"]!["name"]));
        Assert.Equal(("tool_use", "end_turn", 3), ((string?)one["stopReason"], (string?)all["stopReason"], (int?)all["usage"]!["totalTokens"]));
    }

    [Theory]
    [InlineData("""{"wish":{}}""")]
    [InlineData("""{"text":"x","toolUse":{"name":"good_tool","input":{}}}""")]
    [InlineData("""{"toolUse":{"name":"good_tool","input":"{}"}}""")]
    [InlineData("""{"toolUse":{"name":"","input":{}}}""")]
    [InlineData("""{"toolUse":{"name":"good_tool","type":"wish","input":{}}}""")]
    [InlineData("""{"tooluse":{"name":"good_tool","input":{}}}""")]
    public void Body_OfUnknownOrDoubleMeaning_IsRefusedWhole(string block)
    {
        var gated = Gated.RunInAllCuts(Body(block), AnswerFraming.Json);

        Assert.NotEqual(ToolGateStop.None, gated.Stop);
        Assert.Empty(gated.Bytes);
    }

    private static string Block(string tool) => $$$$"""{"toolUse":{"toolUseId":"t","name":"{{{{tool}}}}","input":{ "a": 1 }}}""";

    private static string Body(params string[] blocks) => $$$"""
        {"output":{"message":{"role":"assistant","content":[{"text":"Hm."}, {{{string.Join(',', blocks)}}}]}},"stopReason":"tool_use","usage":{"totalTokens":3},"metrics":{}}
        """.Trim();
}
