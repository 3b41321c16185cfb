using System.Buffers;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Protocols.Mcp;
using SecretsFirewall.Protocols.ToolCalls;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Protocols.Mcp;

public sealed class McpGateTests
{
    private const string Good = """{ "name":"good" , "description" : "D\u0041", "inputSchema":{"type":"object"} }""";
    private const string Bad = """{"name":"bad","inputSchema":{"properties":{"tools":[1]}}}""";

    private static string List(params string[] tools) => """{"jsonrpc":"2.0", "id":7,"result":{"nextCursor":"c","tools":[""" + string.Join(",", tools) + """],"ttlMs":5}}""";

    private static (string Output, ToolGateStop Stop, List<string> Endpoints) Run(
        string answer, AnswerFraming framing = AnswerFraming.Json, int piece = 0, bool isKnown = true, bool isToolCall = false, string? withheld = "sampling/createMessage")
    {
        var endpoints = new List<string>();
        var rules = new McpAnswerRules(
            tools => [.. tools.Select(tool => tool.Name.StartsWith("good", StringComparison.Ordinal))], method => method == withheld ? "WITHHELD" : null, endpoints.Add, isToolCall, isKnown);
        using var gate = new McpGate(framing, rules);
        var output = new ArrayBufferWriter<byte>();
        var bytes = Encoding.UTF8.GetBytes(answer);
        var size = piece == 0 ? Math.Max(1, bytes.Length) : piece;
        var goesOn = true;
        for (var at = 0; at < bytes.Length && goesOn; at += size)
        {
            goesOn = gate.Write(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)), output);
        }

        _ = goesOn && gate.Complete(output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), gate.Stop, endpoints);
    }

    [Theory]
    [InlineData(new[] { Good }, new[] { Good })]
    [InlineData(new[] { Bad }, new string[0])]
    [InlineData(new[] { Bad, Good }, new[] { Good })]
    [InlineData(new[] { Good, Bad }, new[] { Good })]
    [InlineData(new[] { Bad, Good, Bad, Good, Bad, Bad }, new[] { Good, Good })]
    [InlineData(new string[0], new string[0])]
    public void List_ToolsThatTheAgentMayNotHave_AreGoneAndAllOtherBytesStay(string[] tools, string[] left)
    {
        foreach (var piece in (int[])[0, 1, 7])
        {
            Assert.Equal((List(left), ToolGateStop.None), (Run(List(tools), piece: piece).Output, Run(List(tools), piece: piece).Stop));
            Assert.Equal($"[{List(left)}]", Run($"[{List(tools)}]", piece: piece).Output);
            var events = $": c\r\n\r\nid: 1\nevent: message\ndata: {List(tools)}\n\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}}\n\n";
            Assert.Equal(events.Replace(List(tools), List(left), StringComparison.Ordinal), Run(events, AnswerFraming.Events, piece).Output);
            Assert.Equal(events.Replace(List(tools), List(left), StringComparison.Ordinal), Run(events, AnswerFraming.Text, piece).Output);
        }
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"tools: []"}]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","instructions":"i","capabilities":{"tools":{}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":"roots/list"}""")]
    [InlineData("""{"error":"unauthorized"}""")]
    [InlineData("")]
    [InlineData(" \n")]
    public void Answer_WithoutLists_PassesByteForByte(string json)
    {
        Assert.Equal((json, ToolGateStop.None), (Run(json).Output, Run(json).Stop));
        Assert.Equal(json, Run(json, AnswerFraming.Text, piece: 1).Output);
        Assert.Equal($"data:{json}\n\n", Run($"data:{json}\n\n", AnswerFraming.Events).Output);
    }

    [Fact]
    public void Event_LeavesAsSoonAsItIsComplete()
    {
        using var gate = new McpGate(AnswerFraming.Events, new McpAnswerRules(tools => [.. tools.Select(_ => true)], _ => null, _ => { }, false, true));
        var output = new ArrayBufferWriter<byte>();
        gate.Write("data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\ndata: {\"jso"u8, output);

        Assert.Equal("data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"}],"tools":[{"name":"bad"}]}}""", ToolGateStop.NotStrictJson)]
    [InlineData("\uFEFF{\"jsonrpc\":\"2.0\"}", ToolGateStop.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"}]}}{}""", ToolGateStop.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"}],"Tools":[{"name":"bad"}]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":{"0":{"name":"bad"}}}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":["bad"]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":7}]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","result":{"tools":[]}}""", ToolGateStop.Contradiction)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":7}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"inputRequests":[]}}""", ToolGateStop.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"inputRequests":{"a":{}}}}""", ToolGateStop.UnknownShape)]
    [InlineData("7", ToolGateStop.UnknownShape)]
    public void Answer_ThatTwoClientsCouldReadInTwoWays_StopsWithoutAByte(string json, ToolGateStop expected)
    {
        Assert.Equal(("", expected), (Run(json).Output, Run(json).Stop));
        if (json[0] is '{' or '\uFEFF')
        {
            Assert.Equal(("", expected), (Run($"data: {json}\n\n", AnswerFraming.Events).Output, Run($"data: {json}\n\n", AnswerFraming.Events).Stop));
        }
    }

    [Fact]
    public void RequestOfTheServer_ThatIsRefused_BecomesWordsToTheClient()
    {
        var (output, stop, _) = Run("data: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"sampling/createMessage\",\"params\":{\"x\":\"secret plan\"}}\n\n", AnswerFraming.Events);

        Assert.Equal(ToolGateStop.None, stop);
        using var json = JsonDocument.Parse(output["data: ".Length..]);
        Assert.Equal("notifications/message", json.RootElement.GetProperty("method").GetString());
        Assert.Equal("WITHHELD", json.RootElement.GetProperty("params").GetProperty("data").GetString());
        Assert.DoesNotContain("secret plan", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void InputThatAResultAsksFor_ThatIsRefused_RefusesTheAnswer(bool isToolCall)
    {
        var (output, _, _) = Run(
            """{"jsonrpc":"2.0","id":"a","result":{"resultType":"input_required","inputRequests":{"x":{"method":"roots/list"},"y":{"method":"sampling/createMessage","params":{}}}}}""", isToolCall: isToolCall);

        using var json = JsonDocument.Parse(output);
        Assert.Equal("a", json.RootElement.GetProperty("id").GetString());
        Assert.Equal("WITHHELD", isToolCall
            ? json.RootElement.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()
            : json.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("\uFEFFLIST", AnswerFraming.Text)]
    [InlineData("x\nLIST\n", AnswerFraming.Text)]
    [InlineData("x: LIST\n\n", AnswerFraming.Events)]
    [InlineData(": ok\u2028data: LIST\u2028\u2028\n\n", AnswerFraming.Text)]
    [InlineData(": ok\u2028data: LIST\u2028\u2028\n\n", AnswerFraming.Events)]
    [InlineData(": ok\vdata: LIST\v\v\n\n", AnswerFraming.Events)]
    [InlineData("id: 1\u0085data: LIST\u0085\u0085\n\n", AnswerFraming.Events)]
    [InlineData("data: ok\u2028data: LIST\u2028\u2028\n\n", AnswerFraming.Events)]
    public void List_WhereOnlySomeClientFindsIt_StopsWithoutAByte(string answer, AnswerFraming framing)
    {
        answer = answer.Replace("LIST", List(Bad), StringComparison.Ordinal);
        foreach (var isKnown in (bool[])[true, false])
        {
            Assert.Equal(("", ToolGateStop.UnknownShape), (Run(answer, framing, isKnown: isKnown).Output, Run(answer, framing, piece: 1, isKnown: isKnown).Stop));
        }
    }

    [Theory]
    [InlineData("Accepted", AnswerFraming.Text)]
    [InlineData("<style>p { color: ü }</style>", AnswerFraming.ErrorText)]
    [InlineData("event: endpoint\ndata: /messages?a=1\n\n: ping\n\n", AnswerFraming.Events)]
    public void Text_WithoutMessages_Passes(string text, AnswerFraming framing) => Assert.Equal(text, Run(text, framing, piece: 3).Output);

    [Fact]
    public void UnknownStream_LettersThatAreNoMessages_Pass()
    {
        const string Stream = ": Grüße\n\ndata: Übersicht\u2028{x}\n\n";

        Assert.Equal(Stream, Run(Stream, AnswerFraming.Events, isKnown: false).Output);
    }

    [Fact]
    public void UnknownStream_WhatIsNoJson_Passes()
    {
        const string Stream = "event: tick\ndata: 12:00\n\ndata: {\"method\":7,\"Result\":1}\n\ndata: {cut\n\ndata: [DONE]\n\n";

        Assert.Equal(Stream, Run(Stream, AnswerFraming.Events, isKnown: false).Output);
    }

    [Fact]
    public void UnknownStream_MessagesInIt_AreDecidedAbout()
    {
        foreach (var version in (string[])["jsonrpc", "json\\u0072pc"])
        {
            var (output, _, _) = Run($"data: {List(Bad, Good).Replace("jsonrpc", version, StringComparison.Ordinal)}\n\n", AnswerFraming.Events, isKnown: false);
            Assert.Equal($"data: {List(Good).Replace("jsonrpc", version, StringComparison.Ordinal)}\n\n", output);
        }

        Assert.Equal(ToolGateStop.NotStrictJson, Run("data: {\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\"}\n\n", AnswerFraming.Events, isKnown: false).Stop);
    }

    [Fact]
    public void Endpoint_OfTheOldTransport_IsTold() =>
        Assert.Equal(["/messages?s=1"], Run("event: endpoint\ndata: /messages?s=1\n\n", AnswerFraming.Events, isKnown: false).Endpoints);

    [Theory]
    [InlineData("""{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,2]}}""", true)]
    [InlineData("""{ "inputSchema" : {"b":[1,2],"a":1}, "description":"\u0064", "name":"t", "_meta":{"x":1} }""", true)]
    [InlineData("""{"name":"t","description":"D","inputSchema":{"a":1,"b":[1,2]}}""", false)]
    [InlineData("""{"name":"t","description":"d","inputSchema":{"a":1,"b":[2,1]}}""", false)]
    [InlineData("""{"name":"t","description":"d","inputSchema":{"a":1}}""", false)]
    [InlineData("""{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,2]},"annotations":{"readOnlyHint":true}}""", false)]
    public void Hash_IsOverWhatIsToldAboutTheTool(string json, bool isSame)
    {
        var tools = new List<McpTool>();
        using var gate = new McpGate(AnswerFraming.Json, new McpAnswerRules(list => { tools.AddRange(list); return [.. list.Select(_ => true)]; }, _ => null, _ => { }, false, true));
        gate.Write(Encoding.UTF8.GetBytes(List("""{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,2]}}""", json)), new ArrayBufferWriter<byte>());
        Assert.True(gate.Complete(new ArrayBufferWriter<byte>()));

        Assert.Equal(isSame, tools[0].Hash == tools[1].Hash);
    }

    [Fact]
    public void DamagedAnswers_NeverThrow_AndWhatLeavesNamesNoToolThatIsNotAllowed()
    {
        var random = new Random(20_261_121);
        var answer = Encoding.UTF8.GetBytes(List(Good, Bad, Good));
        var events = Encoding.UTF8.GetBytes($"event: message\ndata: {List(Good, Bad)}\n\n");
        for (var round = FuzzRounds.Or(3_000); round > 0; round--)
        {
            var (output, stop, _) = Run(Encoding.Latin1.GetString(Mutations.Of(answer, random)), piece: random.Next(0, 9));
            if (stop is ToolGateStop.None && output.Length > 0)
            {
                using var json = JsonDocument.Parse(output);
                AssertNoBad(json.RootElement);
            }

            Run(Encoding.Latin1.GetString(Mutations.Of(events, random)), AnswerFraming.Events, random.Next(0, 9));
        }
    }

    private static void AssertNoBad(JsonElement root)
    {
        if (root.ValueKind is JsonValueKind.Object && root.TryGetProperty("result", out var result) && result.ValueKind is JsonValueKind.Object
            && result.TryGetProperty("tools", out var tools) && tools.ValueKind is JsonValueKind.Array && !root.TryGetProperty("method", out _))
        {
            Assert.All(tools.EnumerateArray(), tool => Assert.StartsWith("good", tool.GetProperty("name").GetString(), StringComparison.Ordinal));
        }
    }
}
