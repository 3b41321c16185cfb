using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>What models say in WebSocket messages. The tool <c>good_tool</c> is allowed, and every other one withheld.</summary>
public sealed class MessageGateTests
{
    private const string Session = """{"type":"session.created","event_id":"e1","session":{"type":"realtime","tools":[{"type":"function","name":"bad_tool"}]}}""";
    private const string Audio = """{"type":"response.output_audio.delta","response_id":"r1","item_id":"i9","output_index":1,"content_index":0,"delta":"AAAA"}""";
    private const string Setup = """{"setupComplete":{"sessionId":"s"}}""";

    // ---- OpenAI's Realtime

    [Fact]
    public void Realtime_AllowedCall_PassesByteForByteOnceItIsWhole()
    {
        string[] messages = [Session, .. RealtimeCall("good_tool"), Audio];

        var gate = new Gate(messages);

        Assert.Equal(ToolGateStop.None, gate.Stop);
        Assert.Equal(messages, gate.Texts);
        Assert.All(gate.Left, one => Assert.Equal(MessageFate.Unchanged, one.Fate));
        Assert.Equal([new ToolCall("good_tool", """{"path":"/tmp"}""")], gate.Calls);
    }

    [Fact]
    public void Realtime_OpenCall_NothingLeavesUntilItIsDecided()
    {
        var call = RealtimeCall("good_tool");

        Assert.Equal([Session], new Gate([Session, .. call[..^3]], complete: false).Texts);
        Assert.Equal([Session, .. call[..^1]], new Gate([Session, .. call[..^1]], complete: false).Texts);
    }

    [Fact]
    public void Realtime_WithheldCall_IsAMessageOfItsIdWhereverItIsSaid()
    {
        var gate = new Gate([Session, .. RealtimeCall("bad_tool"), Audio]);

        Assert.Equal(ToolGateStop.None, gate.Stop);
        Assert.DoesNotContain("function_call", string.Concat(gate.Texts[1..]), StringComparison.Ordinal);
        Assert.DoesNotContain("/tmp", string.Concat(gate.Texts), StringComparison.Ordinal);
        var said = gate.Texts[1..^1].Select(static text => JsonNode.Parse(text)!).ToList();
        Assert.Equal(
            [
                "response.output_item.added", "conversation.item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done", "conversation.item.done", "response.done",
            ],
            said.Select(one => (string?)one["type"]));
        Assert.Equal(Gated.Words, (string?)said[3]["delta"]);
        Assert.Equal(("message", "i1", "completed"), ((string?)said[6]["item"]!["type"], (string?)said[6]["item"]!["id"], (string?)said[6]["item"]!["status"]));
        Assert.Equal(Gated.Words, (string?)said[7]["item"]!["content"]![0]!["text"]);
        Assert.Equal(Gated.Words, (string?)said[8]["response"]!["output"]![0]!["content"]![0]!["text"]);
        Assert.Equal(3, gate.Left.Count(static one => one.Fate is MessageFate.Dropped)); // two deltas and their end
        Assert.Equal(4, gate.Left.Count(static one => one.Fate is MessageFate.Own));
        Assert.Equal(Audio, gate.Texts[^1]);
    }

    [Fact]
    public void Realtime_CallSaidOnlyAtTheEndOfTheResponse_IsDecidedThere()
    {
        var gate = new Gate([Session, $$"""{"type":"response.done","response":{"id":"r1","output":[{{RealtimeItem("bad_tool")}}]} }"""]);

        Assert.Equal(ToolGateStop.None, gate.Stop);
        Assert.DoesNotContain("bad_tool", gate.Texts[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "\"name\":\"good_tool\"", "\"name\":\"other_tool\"")] // another name at the beginning
    [InlineData(5, "good_tool", "bad_tool")] // and at the end
    [InlineData(2, "{\\\"path", "{\\\"Path")]
    [InlineData(4, "/tmp", "/etc")]
    [InlineData(6, "/tmp", "/etc")] // the conversation says other arguments than the response
    [InlineData(7, "/tmp", "/etc")]
    [InlineData(7, "\"call_id\":\"c1\"", "\"call_id\":\"c2\"")]
    [InlineData(2, "\"item_id\":\"i1\"", "\"item_id\":\"i2\"")]
    public void Realtime_CallSaidInTwoWays_Stops(int message, string from, string to)
    {
        var call = RealtimeCall("good_tool");
        Assert.Contains(from, call[message], StringComparison.Ordinal);
        call[message] = call[message].Replace(from, to, StringComparison.Ordinal);

        Assert.Equal(ToolGateStop.Contradiction, new Gate([Session, .. call]).Stop);
    }

    [Theory]
    [InlineData("""{"type":"response.function_call_arguments.delta","item_id":"unknown","delta":"{}"}""", ToolGateStop.Contradiction)]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"id":"i1","type":"new_call","name":"rm","arguments":"{}"}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"type":"tool.call","name":"rm","arguments":{}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"type":"session.updated","tool_calls":[{"name":"rm"}]}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"type":"conversation.item.added","item":{"type":"function_call","name":"rm","arguments":"{}"}}""", ToolGateStop.Contradiction)] // without an id
    [InlineData("""{"type":"session.updated","type":"response.done"}""", ToolGateStop.NotStrictJson)]
    [InlineData("no JSON", ToolGateStop.NotStrictJson)]
    public void Realtime_WhatNobodyKnows_Stops(string message, ToolGateStop stop) => Assert.Equal(stop, new Gate([Session, message]).Stop);

    [Fact]
    public void Realtime_ResponseThatEndsWithAnOpenCall_Stops() =>
        Assert.Equal(ToolGateStop.Unfinished, new Gate([Session, .. RealtimeCall("good_tool")[..3], """{"type":"response.done","response":{"id":"r1","output":[]}}"""]).Stop);

    [Fact]
    public void Socket_ClosedWithinACall_Stops() => Assert.Equal(ToolGateStop.Unfinished, new Gate([Session, .. RealtimeCall("good_tool")[..3]]).Stop);

    // ---- OpenAI's Responses, one after the other

    [Fact]
    public void Responses_SeveralTurns_EachIsDecidedAndErrorsPassBetweenThem()
    {
        const string Error = """{"type":"error","status":400,"error":{"code":"previous_response_not_found","message":"m"}}""";
        string[] good = [.. Turn("good_tool")], bad = [.. Turn("bad_tool")];

        var gate = new Gate([Error, .. good, Error, .. bad, .. good]);

        Assert.Equal(ToolGateStop.None, gate.Stop);
        Assert.Equal(["good_tool", "bad_tool", "good_tool"], gate.Calls.Select(static call => call.Tool));
        Assert.Equal([Error, .. good, Error], gate.Texts[..(good.Length + 2)]);
        Assert.Equal(good, gate.Texts[^good.Length..]);
        Assert.DoesNotContain("bad_tool", string.Concat(gate.Texts), StringComparison.Ordinal);
        Assert.Contains(gate.Texts, static text => text.Contains("WITHHELD", StringComparison.Ordinal) && text.Contains("response.completed", StringComparison.Ordinal));
    }

    [Fact]
    public void Responses_EventsOutsideOfAnAnswer_Stop() =>
        Assert.Equal(ToolGateStop.UnknownShape, new Gate([.. Turn("good_tool"), """{"type":"response.output_text.delta","delta":"x"}"""]).Stop);

    // ---- Gemini's Live

    [Fact]
    public void Live_CallsBesideEachOther_AreDecidedOneByOne()
    {
        var gate = new Gate([Setup, """{"toolCall":{"functionCalls":[{"id":"1","name":"bad_tool","args":{"a":1}}, {"id":"2","name":"good_tool","args":{}}]},"usageMetadata":{"totalTokenCount":3}}"""]);

        Assert.Equal(ToolGateStop.None, gate.Stop);
        Assert.Equal(Gated.Words, (string?)JsonNode.Parse(gate.Texts[1])!["serverContent"]!["modelTurn"]!["parts"]![0]!["text"]);
        Assert.Null(JsonNode.Parse(gate.Texts[1])!["serverContent"]!["turnComplete"]);
        Assert.Equal("""{"toolCall":{"functionCalls":[{"id":"2","name":"good_tool","args":{}}]},"usageMetadata":{"totalTokenCount":3}}""", gate.Texts[2]);
    }

    [Fact]
    public void Live_OnlyCallWithheld_WordsEndTheTurnInItsPlace()
    {
        var gate = new Gate([Setup, """{"toolCall":{"functionCalls":[{"id":"1","name":"bad_tool","args":{}}]}}""", """{"toolCallCancellation":{"ids":["1"]}}"""]);

        Assert.Equal([MessageFate.Unchanged, MessageFate.Own, MessageFate.Dropped, MessageFate.Unchanged], gate.Left.Select(static one => one.Fate));
        Assert.True((bool?)JsonNode.Parse(gate.Texts[1])!["serverContent"]!["turnComplete"]);
    }

    [Fact]
    public void Live_CallAmongTheParts_IsDecidedToo()
    {
        const string Good = """{"serverContent":{"modelTurn":{"parts":[{"text":"a"},{"functionCall":{"name":"good_tool","args":{}}}]}}}""";

        var gate = new Gate([Setup, Good, Good.Replace("good_tool", "bad_tool", StringComparison.Ordinal)]);

        Assert.Equal(Good, gate.Texts[1]);
        Assert.DoesNotContain("functionCall", gate.Texts[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"toolCall":{"functionCalls":[{"name":"good_tool","args":{},"partialArgs":[]}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"toolCall":{"functionCalls":[{"name":"good_tool","args":[]}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"toolCall":{"functionCalls":[{"args":{}}]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"toolCall":{"calls":[]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"serverContent":{},"tool_call":{"function_calls":[{"name":"rm","args":{}}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"serverContent":{"toolCall":{"functionCalls":[{"name":"rm","args":{}}]}}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"serverContent":{"modelTurn":{"parts":[{"newCall":{"name":"rm","args":{}}}]}}}""", ToolGateStop.UnknownShape)]
    public void Live_WhatNobodyKnows_Stops(string message, ToolGateStop stop) => Assert.Equal(stop, new Gate([Setup, message]).Stop);

    [Theory]
    [InlineData("""{"hello":1}""")]
    [InlineData("""{"type":"transcript","text":"x"}""")]
    [InlineData("[]")]
    public void Socket_ThatBeginsWithSomethingElse_Stops(string message) => Assert.NotEqual(ToolGateStop.None, new Gate([message]).Stop);

    [Fact]
    public void Fuzz_MutatedMessages_NeverLetAWithheldCallThrough()
    {
        string[][] sockets =
        [
            [Session, .. RealtimeCall("bad_tool")],
            [.. Turn("bad_tool")],
            [Setup, """{"toolCall":{"functionCalls":[{"id":"1","name":"bad_tool","args":{"a":1}}]}}"""],
        ];
        var random = new Random(20_261_121);
        for (var round = 0; round < FuzzRounds.Or(2_000); round++)
        {
            var messages = sockets[round % sockets.Length].ToArray();
            var at = random.Next(messages.Length);
            var mutated = Mutations.Of(Encoding.UTF8.GetBytes(messages[at]), random);
            messages[at] = Encoding.UTF8.GetString(mutated);
            var gate = new Gate(messages);
            Assert.All(gate.Left, static one => Assert.False(IsRun(one.Text), one.Text));
        }
    }

    // What a client of each of them would run: the name as it is, in the shape that it knows.
    private static bool IsRun(string text)
    {
        try
        {
            var node = JsonNode.Parse(text);
            return node is JsonObject all
                && ((string?)(all["item"] as JsonObject)?["name"] == "bad_tool" && (string?)all["item"]!["type"] == "function_call"
                    || (all["toolCall"] as JsonObject)?["functionCalls"] is JsonArray calls && calls.OfType<JsonObject>().Any(static call => call["name"]?.ToString() == "bad_tool"));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static string RealtimeItem(string tool, string arguments = "{\\\"path\\\": \\\"/tmp\\\"}", string status = "completed") =>
        $$"""{"id":"i1","object":"realtime.item","type":"function_call","status":"{{status}}","name":"{{tool}}","call_id":"c1","arguments":"{{arguments}}"}""";

    private static string[] RealtimeCall(string tool) =>
    [
        $$$"""{"type":"response.output_item.added","response_id":"r1","output_index":0,"item":{{{RealtimeItem(tool, "", "in_progress")}}}}""",
        $$$"""{"type":"conversation.item.added","previous_item_id":null,"item":{{{RealtimeItem(tool, "", "in_progress")}}}}""",
        """{"type":"response.function_call_arguments.delta","response_id":"r1","item_id":"i1","output_index":0,"call_id":"c1","delta":"{\"path\": "}""",
        """{"type":"response.function_call_arguments.delta","response_id":"r1","item_id":"i1","output_index":0,"call_id":"c1","delta":"\"/tmp\"}"}""",
        """{"type":"response.function_call_arguments.done","response_id":"r1","item_id":"i1","output_index":0,"call_id":"c1","arguments":"{\"path\": \"/tmp\"}"}""",
        $$$"""{"type":"response.output_item.done","response_id":"r1","output_index":0,"item":{{{RealtimeItem(tool)}}}}""",
        $$$"""{"type":"conversation.item.done","previous_item_id":null,"item":{{{RealtimeItem(tool)}}}}""",
        $$$"""{"type":"response.done","response":{"id":"r1","status":"completed","output":[{{{RealtimeItem(tool)}}}],"usage":{"total_tokens":3} } }""",
    ];

    /// <summary>The data of a Responses stream, a message each.</summary>
    private static IEnumerable<string> Turn(string tool) =>
        Wire.Numbered([Wire.Created, .. Wire.FunctionCall(0, tool), ("response.completed", $$"""
            "response":{"id":"resp_1","object":"response","status":"completed","output":[{{Wire.FunctionItem(0, tool, string.Concat(Wire.Pieces))}}]}
            """.Trim())])
            .Split('\n').Where(static line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(static line => line["data: ".Length..]);

    private sealed class Gate
    {
        public Gate(IEnumerable<string> messages, bool complete = true)
        {
            using var gate = new MessageGate(Decide, "d1");
            foreach (var message in messages)
            {
                Stop = gate.Add(Encoding.UTF8.GetBytes(message), isChanged: false);
                Take(gate);
                if (Stop is not ToolGateStop.None)
                {
                    return;
                }
            }

            if (complete)
            {
                Stop = gate.Complete();
                Take(gate);
            }
        }

        public ToolGateStop Stop { get; }

        public List<ToolCall> Calls { get; } = [];

        public List<(MessageFate Fate, string Text)> Left { get; } = [];

        public List<string> Texts => [.. Left.Where(static one => one.Fate is not MessageFate.Dropped).Select(static one => one.Text)];

        private void Take(MessageGate gate)
        {
            while (gate.TryTake(out var one))
            {
                using var text = one.Text;
                Left.Add((one.Fate, Encoding.UTF8.GetString(text.Written.Span)));
            }
        }

        private ToolVerdict Decide(ToolCall call)
        {
            Calls.Add(call);
            return call is { Tool: "good_tool", Arguments: not null } ? new ToolVerdict(true, "") : new ToolVerdict(false, Gated.Words);
        }
    }
}
