using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class ResponsesGateTests
{
    private static string Item(int index, string tool) => Wire.FunctionItem(index, tool, string.Concat(Wire.Pieces));

    private static string Stream(params string[] tools) => Wire.Numbered(
    [
        Wire.Created,
        .. Wire.MessageItemEvents(0, "Let me see."),
        .. tools.SelectMany((tool, i) => Wire.FunctionCall(i + 1, tool)),
        Wire.Completed([Wire.MessageItem("Let me see."), .. tools.Select((tool, i) => Item(i + 1, tool))]),
    ]);

    [Fact]
    public void Stream_AllowedCalls_LeaveByteForByteHoweverTheyAreCut()
    {
        var stream = Stream("good_tool", "good_tool");

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal((stream, ToolGateStop.None), (gated.Output, gated.Stop));
        Assert.Equal([new ToolCall("good_tool", Wire.Arguments), new ToolCall("good_tool", Wire.Arguments)], gated.Calls);
    }

    [Theory]
    [InlineData("bad_tool")]
    [InlineData("bad_tool", "good_tool")]
    [InlineData("good_tool", "bad_tool")]
    [InlineData("bad_tool", "bad_tool", "good_tool")]
    public void Stream_DeniedCalls_AreMessagesUnderTheirIndicesAndInTheEnd(params string[] tools)
    {
        var gated = Gated.RunInAllCuts(Stream(tools));

        Assert.Equal(ToolGateStop.None, gated.Stop);
        var events = Wire.Events(gated.Output);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        var added = events.Where(e => (string?)e["type"] == "response.output_item.added").ToList();
        Assert.Equal(Enumerable.Range(0, tools.Length + 1), added.Select(e => (int)e["output_index"]!));
        var expected = tools.Select(tool => tool == "bad_tool" ? "message" : "function_call").Prepend("message");
        Assert.Equal(expected, added.Select(e => (string?)e["item"]!["type"]));
        var output = events[^1]["response"]!["output"]!.AsArray();
        Assert.Equal(expected, output.Select(item => (string?)item!["type"]));
        Assert.Equal(events.Where(e => (string?)e["type"] == "response.output_item.done").Select(e => e["item"]!.ToJsonString()), output.Select(item => item!.ToJsonString()));
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
        Assert.Equal(9, (int?)events[^1]["response"]!["usage"]!["total_tokens"]);
    }

    [Fact]
    public void Stream_InterleavedCallsOneDenied_KeepsTheOther()
    {
        var (one, two) = (Wire.FunctionCall(0, "good_tool").ToList(), Wire.FunctionCall(1, "bad_tool").ToList());
        var mixed = one.Zip(two).SelectMany(pair => new[] { pair.First, pair.Second });

        var events = Wire.Events(Gated.RunInAllCuts(Wire.Numbered([Wire.Created, .. mixed, Wire.Completed(Item(0, "good_tool"), Item(1, "bad_tool"))])).Output);

        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        Assert.Equal(["function_call", "message"], events[^1]["response"]!["output"]!.AsArray().Select(item => (string?)item!["type"]));
    }

    [Fact]
    public void Stream_TextBeforeACall_LeavesBeforeTheCallIsComplete()
    {
        var stream = Wire.Numbered([Wire.Created, .. Wire.MessageItemEvents(0, "Hm."), .. Wire.FunctionCall(1, "good_tool").SkipLast(1)]);

        Assert.Equal(Wire.Numbered([Wire.Created, .. Wire.MessageItemEvents(0, "Hm.")]), Gated.After(stream));
    }

    [Fact]
    public void Stream_DeniedCall_NoPrefixHoldsItsNameOrArguments()
    {
        var stream = Stream("bad_tool");

        for (var end = 1; end <= stream.Length; end++)
        {
            var output = Gated.After(stream[..end]);
            Assert.DoesNotContain("bad_tool", output, StringComparison.Ordinal);
            Assert.DoesNotContain("/tmp", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"id":"i","type":"custom_tool_call","call_id":"c","name":"good_tool","input":"await x()"}""", "good_tool", "await x()")]
    [InlineData("""{"id":"i","type":"local_shell_call","call_id":"c","action":{"command":["ls"]}}""", "local_shell", """{"command":["ls"]}""")]
    [InlineData("""{"id":"i","type":"shell_call","call_id":"c","action":{"commands":["ls"]}}""", "shell", """{"commands":["ls"]}""")]
    [InlineData("""{"id":"i","type":"apply_patch_call","call_id":"c","operation":{"type":"delete_file"}}""", "apply_patch", """{"type":"delete_file"}""")]
    [InlineData("""{"id":"i","type":"computer_call","call_id":"c","action":{"type":"click"}}""", "computer", """{"type":"click"}""")]
    [InlineData("""{"id":"i","type":"function_call","call_id":"c","namespace":"fs","name":"rm","arguments":"{}"}""", "fs.rm", "{}")]
    [InlineData("""{"id":"i","type":"mcp_approval_request","name":"rm","server_label":"s","arguments":"{}"}""", "rm", "{}")]
    public void Stream_EachCarrier_IsDecided(string item, string tool, string arguments)
    {
        var gated = Gated.RunInAllCuts(Wire.Numbered(
            ("response.output_item.added", $"\"output_index\":0,\"item\":{item}"), ("response.output_item.done", $"\"output_index\":0,\"item\":{item}"), Wire.Completed(item)));

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(new ToolCall(tool, arguments), Assert.Single(gated.Calls));
        Assert.Equal(tool == "good_tool", gated.Output.Contains("call_id", StringComparison.Ordinal));
    }

    private const string Shell = """{"id":"i","type":"shell_call","call_id":"c","status":"completed","action":{"commands":["ls","rm -rf /"],"timeout_ms":null}}""";
    private const string Patch = """{"id":"i","type":"apply_patch_call","call_id":"c","status":"completed","operation":{"type":"create_file","path":"a","diff":"+x"}}""";

    private static (string, string) Added(string item) => ("response.output_item.added", $"\"output_index\":0,\"item\":{item}");

    private static (string, string) Done(string item) => ("response.output_item.done", $"\"output_index\":0,\"item\":{item}");

    private static (string, string) Command(string what, int index, string member, string text) =>
        ($"response.shell_call_command.{what}", $"\"output_index\":0,\"command_index\":{index},\"{member}\":{Wire.Json(text)}");

    private static (string, string) Diff(string what, string member, string text) =>
        ($"response.apply_patch_call_operation_diff.{what}", $"\"output_index\":0,\"item_id\":\"i\",\"{member}\":{Wire.Json(text)}");

    [Theory]
    [InlineData("shell")]
    [InlineData("apply_patch")]
    public void Stream_CallWithPiecesOfItsOwn_IsDecidedWhole(string tool)
    {
        var stream = tool == "shell"
            ? Wire.Numbered([
                Wire.Created, Added("""{"id":"i","type":"shell_call","call_id":"c","status":"in_progress","action":{"commands":[]}}"""), ("response.shell_call.in_progress", "\"output_index\":0"),
                Command("added", 0, "command", ""), Command("delta", 0, "delta", "l"), Command("delta", 0, "delta", "s"), Command("done", 0, "command", "ls"),
                Command("added", 1, "command", "rm -"), Command("delta", 1, "delta", "rf /"), Done(Shell), Wire.Completed(Shell)])
            : Wire.Numbered([
                Wire.Created, Added("""{"id":"i","type":"apply_patch_call","call_id":"c","status":"in_progress","operation":{"type":"create_file","path":"a","diff":""}}"""),
                Diff("delta", "delta", "+"), Diff("delta", "delta", "x"), Diff("done", "diff", "+x"), Done(Patch), Wire.Completed(Patch)]);

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(tool, Assert.Single(gated.Calls).Tool);
        Assert.DoesNotContain("rm -", gated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("_call", gated.Output.Replace("output_item", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("message", (string?)Wire.Events(gated.Output)[^1]["response"]!["output"]![0]!["type"]);
    }

    [Theory]
    [InlineData("""{"id":"i","type":"mcp_call","server_label":"s","name":"rm","arguments":"{}","output":"x"}""")]
    [InlineData("""{"id":"i","type":"code_interpreter_call","code":"1","outputs":[{"type":"logs","logs":"x"}]}""")]
    [InlineData("""{"id":"i","type":"web_search_call","action":{"type":"search","query":"x"}}""")]
    [InlineData("""{"id":"i","type":"mcp_list_tools","server_label":"s","tools":[{"name":"rm","input_schema":{"properties":{"input":{"type":"tool_use"}}}}]}""")]
    [InlineData("""{"id":"i","type":"tool_search_output","execution":"server","tools":[{"type":"function","name":"f","parameters":{}}]}""")]
    [InlineData("""{"id":"i","type":"shell_call_output","call_id":"c","caller":{"type":"program"},"output":[{"stdout":"x","outcome":{"type":"exit","exit_code":0}}]}""")]
    public void Stream_WhatTheProviderRanItself_Passes(string item)
    {
        var stream = Wire.Numbered([Wire.Created, Added(item), Done(item), Wire.Completed(item)]);

        var gated = Gated.RunInAllCuts(stream);

        Assert.Equal((stream, 0), (gated.Output, gated.Calls.Count));
        Assert.Equal(Wire.ResponseObject(item), Gated.RunInAllCuts(Wire.ResponseObject(item), AnswerFraming.Json).Output);
    }

    [Theory]
    [InlineData("""{"id":"i","type":"shell_call_output","output":[{"type":"function_call","name":"good_tool","arguments":"{}"}]}""")]
    [InlineData("""{"id":"i","type":"program_output","result":{"tool_calls":[{"x":1}]}}""")]
    [InlineData("""{"id":"i","type":"message","content":[{"type":"tool_use","name":"good_tool","input":{}}]}""")]
    public void Result_ThatHoldsACall_IsRefused(string item)
    {
        Assert.Equal(ToolGateStop.UnknownShape, Gated.RunInAllCuts(Wire.Numbered([Added(item), Done(item)])).Stop);
        Assert.Equal(("", ToolGateStop.UnknownShape), Refused(Gated.RunInAllCuts(Wire.ResponseObject(item), AnswerFraming.Json)));

        static (string, ToolGateStop) Refused(Gated gated) => (gated.Output, gated.Stop);
    }

    public static TheoryData<string, string, ToolGateStop> Differentials
    {
        get
        {
            (string, string)[] Call(string tool) => [.. Wire.FunctionCall(0, tool)];
            var call = Call("good_tool");
            return new()
            {
                { "an end that says another tool", Wire.Numbered([.. call, Wire.Completed(Item(0, "bad_tool"))]), ToolGateStop.Contradiction },
                { "an end that says other arguments", Wire.Numbered([.. call, Wire.Completed(Wire.FunctionItem(0, "good_tool", "{\"path\":\"/\"}"))]), ToolGateStop.Contradiction },
                { "an end that has one call more", Wire.Numbered([.. call, Wire.Completed(Item(0, "good_tool"), Item(1, "good_tool"))]), ToolGateStop.Contradiction },
                { "an end with a call for a message", Wire.Numbered([.. Wire.MessageItemEvents(0, "x"), Wire.Completed(Item(0, "good_tool"))]), ToolGateStop.Contradiction },
                { "a call in the first event", Wire.Numbered(("response.created", $"\"response\":{Wire.ResponseObject(Item(0, "good_tool"))}")), ToolGateStop.Contradiction },
                { "an item that is done under another name", Wire.Numbered([.. call[..^1], Call("bad_tool")[^1]]), ToolGateStop.Contradiction },
                { "deltas that are not the arguments", Wire.Numbered([call[0], (call[1].Item1, call[1].Item2.Replace("\"delta\":\"\"", "\"delta\":\"{\"", StringComparison.Ordinal)), .. call[2..]]), ToolGateStop.Contradiction },
                { "an end of the arguments that is not them", Wire.Numbered([.. call[..^2], (call[^2].Item1, "\"item_id\":\"fc_0\",\"output_index\":0,\"arguments\":\"{}\""), call[^1]]), ToolGateStop.Contradiction },
                { "a delta for another item's id", Wire.Numbered([call[0], (call[1].Item1, call[1].Item2.Replace("fc_0", "fc_9", StringComparison.Ordinal))]), ToolGateStop.Contradiction },
                { "a message that is done as a call", Wire.Numbered([.. Wire.MessageItemEvents(0, "x").SkipLast(1), call[^1]]), ToolGateStop.Contradiction },
                { "an item that nobody added", Wire.Numbered(call[^1]), ToolGateStop.Contradiction },
                { "an item twice", Wire.Numbered([.. call, call[0]]), ToolGateStop.Contradiction },
                { "a gap in the indices", Wire.Numbered(Wire.FunctionCall(1, "good_tool")), ToolGateStop.Contradiction },
                { "a command that is not the item's", Wire.Numbered(Added(Shell), Command("done", 0, "command", "cat"), Done(Shell)), ToolGateStop.Contradiction },
                { "pieces of a command that are not the item's", Wire.Numbered(Added(Shell), Command("delta", 1, "delta", "rm"), Done(Shell)), ToolGateStop.Contradiction },
                { "a command that the item has not", Wire.Numbered(Added(Shell), Command("delta", 2, "delta", "rm"), Done(Shell)), ToolGateStop.Contradiction },
                { "a piece behind the end of its command", Wire.Numbered(Added(Shell), Command("done", 0, "command", "ls"), Command("delta", 0, "delta", ";"), Done(Shell)), ToolGateStop.Contradiction },
                { "a command for another kind of item", Wire.Numbered(Added(Patch), Command("delta", 0, "delta", "rm"), Done(Patch)), ToolGateStop.Contradiction },
                { "a diff that is not the item's", Wire.Numbered(Added(Patch), Diff("done", "diff", "+y"), Done(Patch)), ToolGateStop.Contradiction },
                { "an unknown event of a call", Wire.Numbered(Added(Shell), ("response.shell_call_wish.delta", "\"output_index\":0,\"delta\":\"rm\""), Done(Shell)), ToolGateStop.UnknownShape },
                { "an unknown item", Wire.Numbered(("response.output_item.added", "\"output_index\":0,\"item\":{\"type\":\"wish_call\"}")), ToolGateStop.UnknownShape },
                { "an unknown event", Wire.Numbered(Wire.Created, ("wish", "\"x\":1")), ToolGateStop.UnknownShape },
                { "the end within a call", Wire.Numbered([.. call[..^1], Wire.Completed()]), ToolGateStop.Unfinished },
                { "the end of the stream within a call", Wire.Numbered(call[..^1]), ToolGateStop.Unfinished },
                { "an event name that is not its type", Wire.Numbered(call).Replace("event: response.output_item.done", "event: response.in_progress", StringComparison.Ordinal), ToolGateStop.EventName },
                { "duplicate keys", Wire.Numbered(call).Replace("\"name\":", "\"name\":\"bad_tool\",\"name\":", StringComparison.Ordinal), ToolGateStop.NotStrictJson },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Differentials))]
    public void Stream_ThatTwoClientsReadInTwoWays_IsRefusedBeforeItIsRun(string what, string stream, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(stream);

        Assert.True(gated.Stop == stop, $"{what}: {gated.Stop}");
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("response.completed", gated.Output, StringComparison.Ordinal);
        Assert.StartsWith(gated.Output, stream, StringComparison.Ordinal);
    }

    [Fact]
    public void Body_Calls_AreDecidedOneByOne()
    {
        var allowed = Wire.ResponseObject(Wire.MessageItem("x"), Item(1, "good_tool"));
        var mixed = JsonNode.Parse(Gated.RunInAllCuts(Wire.ResponseObject(Item(0, "bad_tool"), Item(1, "good_tool")), AnswerFraming.Json).Output)!;

        Assert.Equal(allowed, Gated.RunInAllCuts(allowed, AnswerFraming.Json).Output);
        Assert.Equal(("message", Gated.Words), ((string?)mixed["output"]![0]!["type"], (string?)mixed["output"]![0]!["content"]![0]!["text"]));
        Assert.Equal("good_tool", (string?)mixed["output"]![1]!["name"]);
    }

    [Fact]
    public void Body_UnknownItem_IsRefusedWhole()
    {
        var gated = Gated.RunInAllCuts(Wire.ResponseObject("{\"type\":\"wish_call\"}"), AnswerFraming.Json);

        Assert.Equal(("", ToolGateStop.UnknownShape), (gated.Output, gated.Stop));
    }
}
