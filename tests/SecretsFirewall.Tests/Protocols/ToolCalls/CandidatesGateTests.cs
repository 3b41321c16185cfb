using SecretsFirewall.Protocols.ToolCalls;
using static SecretsFirewall.Tests.Protocols.ToolCalls.Shape;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>Gemini's calls in pieces; whole ones are in <see cref="ToolGateTests"/>.</summary>
public sealed class CandidatesGateTests
{
    private const string Open = """{"functionCall":{"name":"good_tool","willContinue":true}}""";
    private const string Close = """{"functionCall":{}}""";

    private static string Piece(string pieces, bool goesOn = true) => $$$"""{"functionCall":{"partialArgs":[{{{pieces}}}]{{{(goesOn ? ",\"willContinue\":true" : "")}}}}}""";

    [Theory]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x"}""", """{"a":"x"}""")]
    [InlineData("""{"jsonPath":"$.a.b[0].c","numberValue":1.5},{"jsonPath":"$.a.b[1]","boolValue":false},{"jsonPath":"$['a']['x y']","nullValue":"NULL_VALUE"}""", """{"a":{"b":[{"c":1.5},false],"x y":null}}""")]
    [InlineData("""{"jsonPath":"$[\"a.b\"]","nullValue":null}""", """{"a.b":null}""")]
    [InlineData("""{"jsonPath":"$.a","stringValue":"\ud83d","willContinue":true},{"jsonPath":"$.a","stringValue":"\ude00","willContinue":true},{"jsonPath":"$.a"}""", """{"a":"\uD83D\uDE00"}""")]
    public void Pieces_OfArguments_AreDecidedTogether(string pieces, string arguments)
    {
        foreach (var stream in (string[])[Candidate(Open) + Candidate(Piece(pieces)) + Candidate(Close), Candidate(Open) + Candidate(Piece(pieces, goesOn: false))])
        {
            var gated = Gated.RunInAllCuts(stream);

            Assert.Equal((stream, ToolGateStop.None), (gated.Output, gated.Stop));
            Assert.Equal(new ToolCall("good_tool", arguments), Assert.Single(gated.Calls));
        }
    }

    [Fact]
    public void Pieces_InAnArrayOfAnswers_AreDecidedTogether()
    {
        var chunks = ((string[])[Open.Replace("good", "bad", StringComparison.Ordinal), Piece("""{"jsonPath":"$.a","stringValue":"x"}"""), Close])
            .Select(part => $$$"""{"candidates":[{"content":{"parts":[{{{part}}}]}}]}""");

        var gated = Gated.RunInAllCuts($"[{string.Join(",\n", chunks)}]", AnswerFraming.Json);

        Assert.Equal(new ToolCall("bad_tool", "{\"a\":\"x\"}"), Assert.Single(gated.Calls));
        Assert.Equal("""[{"candidates":[{"content":{"parts":[{"text":"WITHHELD by \"r\"."}]}}]},""" + "\n"
            + """{"candidates":[{"content":{"parts":[{"text":""}]}}]},""" + "\n" + """{"candidates":[{"content":{"parts":[{"text":""}]}}]}]""", gated.Output);
    }

    [Theory]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a","stringValue":"y"}""")]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x","willContinue":true},{"jsonPath":"$.b","stringValue":"y"}""")]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x","numberValue":1}""")]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x","listValue":[]}""")]
    [InlineData("""{"jsonPath":"$.a"}""")]
    [InlineData("""{"jsonPath":"$.a","numberValue":"1"}""")]
    [InlineData("""{"jsonPath":"$.a","boolValue":1}""")]
    [InlineData("""{"jsonPath":"$","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"a","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$..a","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$.*","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$[0]","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$.a[1]","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$.a[-1]","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$.a[0:1]","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$['a\\u0062']","stringValue":"x"}""")]
    [InlineData("""{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a.b","numberValue":1}""")]
    [InlineData("""{"jsonPath":"$.a.b","numberValue":1},{"jsonPath":"$.a","numberValue":1}""")]
    [InlineData("""{"jsonPath":"$.a","nullValue":"NULL_VALUE"},{"jsonPath":"$.a.b","numberValue":1}""")]
    [InlineData("""{"jsonPath":"$.a","stringValue":"x","willContinue":1}""")]
    [InlineData("""{"stringValue":"x"}""")]
    [InlineData("\"x\"")]
    public void Pieces_ThatTwoClientsPutTogetherInTwoWays_AreRefused(string pieces)
    {
        var gated = Gated.RunInAllCuts(Candidate(Open) + Candidate(Piece(pieces)) + Candidate(Close));

        Assert.Equal((ToolGateStop.Contradiction, ""), (gated.Stop, gated.Output));
    }

    public static TheoryData<string, string[], ToolGateStop> Differentials => new()
    {
        { "another name", [Open, """{"functionCall":{"name":"bad_tool"}}"""], ToolGateStop.Contradiction },
        { "the next call", [Open, """{"functionCall":{"name":"good_tool","args":{}}}"""], ToolGateStop.Contradiction },
        { "arguments beside the pieces", [Open, """{"functionCall":{"args":{"a":1}}}"""], ToolGateStop.Contradiction },
        { "arguments of a call that goes on", ["""{"functionCall":{"name":"good_tool","args":{},"willContinue":true}}"""], ToolGateStop.Contradiction },
        { "pieces of no call", [Piece("""{"jsonPath":"$.a","stringValue":"x"}""")], ToolGateStop.Contradiction },
        { "an end of no call", [Close], ToolGateStop.Contradiction },
        { "a text that is open at the end", [Open, Piece("""{"jsonPath":"$.a","stringValue":"x","willContinue":true}""", goesOn: false)], ToolGateStop.Contradiction },
        { "the end of the stream within a call", [Open, Piece("""{"jsonPath":"$.a","stringValue":"x"}""")], ToolGateStop.Unfinished },
        { "arguments that are a text", ["""{"functionCall":{"name":"good_tool","args":"{}"}}"""], ToolGateStop.Contradiction },
        { "a word for going on", ["""{"functionCall":{"name":"good_tool","willContinue":"true"}}"""], ToolGateStop.Contradiction },
        { "other capitals", ["""{"FunctionCall":{"name":"good_tool","args":{}}}"""], ToolGateStop.UnknownShape },
        { "an unknown part", ["""{"toolWish":{"x":1}}"""], ToolGateStop.UnknownShape },
        { "calls of another API", ["""{"toolCall":{"functionCalls":[{"name":"good_tool"}]}}"""], ToolGateStop.UnknownShape },
    };

    [Theory]
    [MemberData(nameof(Differentials))]
    public void Stream_ThatTwoClientsReadInTwoWays_IsRefusedBeforeTheCallLeaves(string what, string[] parts, ToolGateStop stop)
    {
        var gated = Gated.RunInAllCuts(Candidate("""{"text":"Hm."}""") + string.Concat(parts.Select(part => Candidate(part))));

        Assert.True(gated.Stop == stop, $"{what}: {gated.Stop}");
        Assert.Equal(Candidate("""{"text":"Hm."}"""), gated.Output);
    }

    [Theory]
    [InlineData("""{"toolCall":{"id":"s","toolType":"GOOGLE_SEARCH_WEB","args":{"q":"x"}},"thoughtSignature":"c2ln"}""")]
    [InlineData("""{"toolResponse":{"id":"s","toolType":"GOOGLE_SEARCH_WEB","response":{}}}""")]
    [InlineData("""{"executableCode":{"language":"PYTHON","code":"1"}}""")]
    public void Stream_WhatTheProviderRanItself_Passes(string part)
    {
        var gated = Gated.RunInAllCuts(Candidate(part));

        Assert.Equal((Candidate(part), 0), (gated.Output, gated.Calls.Count));
    }

    [Fact]
    public void Stream_ErrorWithinACall_ReachesTheClientAndTheCallDoesNot()
    {
        const string Error = "data: {\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}\n\n";

        Assert.Equal(ToolGateStop.Contradiction, Gated.RunInAllCuts(Candidate(Open) + Error + Candidate(Close)).Stop);
        Assert.Equal(Error, Gated.RunInAllCuts(Candidate(Open) + Error).Output.TrimStart('\n')); // of the last CR LF
    }

    [Fact]
    public void Stream_CallOfEachCandidate_IsPutTogetherByItself()
    {
        static string Both(string part) => $$$"""data: {"candidates":[{"index":0,"content":{"parts":[{{{part}}}]}},{"index":1,"content":{"parts":[{{{part.Replace("good", "bad", StringComparison.Ordinal)}}}]}}]}""" + "\n\n";

        var gated = Gated.RunInAllCuts(Both(Open) + Both(Piece("""{"jsonPath":"$.a","numberValue":1}""")) + Both(Close));

        Assert.Equal(["good_tool", "bad_tool"], gated.Calls.Select(call => call.Tool));
        Assert.DoesNotContain("bad_tool", gated.Output, StringComparison.Ordinal);
        Assert.Contains("good_tool", gated.Output, StringComparison.Ordinal);
    }
}
