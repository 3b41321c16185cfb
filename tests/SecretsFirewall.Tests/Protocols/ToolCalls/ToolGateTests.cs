using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class ToolGateTests
{
    private const string GoodPart = """{"functionCall":{"name":"good_tool","args":{"a": 1}},"thoughtSignature":"c2ln"}""";
    private const string BadPart = """{"functionCall":{"name":"bad_tool","args":{}}}""";

    private static string Candidates(params string[] parts) =>
        $$$"""{"candidates":[{"index":0,"content":{"role":"model","parts":[{{{string.Join(',', parts)}}}]},"finishReason":"STOP"}],"usageMetadata":{"totalTokenCount":3}}""";

    [Theory]
    [InlineData(AnswerFraming.Events, "data: ", "\r\n\r\n")]
    [InlineData(AnswerFraming.Json, "", "")]
    [InlineData(AnswerFraming.Json, "[{\"candidates\":[]},\n", "]")]
    public void Gemini_Calls_AreDecidedOneByOne(AnswerFraming framing, string before, string after)
    {
        var allowed = before + Candidates("""{"text":"x"}""", GoodPart) + after;

        Assert.Equal(allowed, Gated.RunInAllCuts(allowed, framing).Output);
        Assert.Equal(
            before + Candidates($$"""{"text":"WITHHELD by \"r\"."}""", GoodPart) + after,
            Gated.RunInAllCuts(before + Candidates(BadPart, GoodPart) + after, framing).Output);
    }

    [Theory]
    [InlineData("<html>Bad gateway</html>\n")]
    [InlineData("data without a colon")]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\nGrüße [leise]\n\n")]
    [InlineData(" \n \n")]
    [InlineData("")]
    public void Text_WithoutEvents_Passes(string text) => Assert.Equal(text, Gated.RunInAllCuts(text, AnswerFraming.Text).Output);

    [Fact]
    public void Text_ThatIsJsonOrEvents_IsGatedAsSuch()
    {
        Assert.DoesNotContain("bad_tool", Gated.RunInAllCuts(" \n" + Wire.Message(Wire.ToolUse("bad_tool"), "tool_use"), AnswerFraming.Text).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bad_tool", Gated.RunInAllCuts(Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd(), AnswerFraming.Text).Output, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> TextsInWhichSomeClientFindsACall()
    {
        var json = ToolCallJson;
        return new()
        {
            { "a byte order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(json)] },
            { "UTF-16 with a mark", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(json)] },
            { "UTF-16", Encoding.Unicode.GetBytes(json) },
            { "UTF-16, the other end first", Encoding.BigEndianUnicode.GetBytes("  " + json) },
            { "UTF-32", Encoding.UTF32.GetBytes(" " + json) },
            { "a line that lenient readers skip", Encoding.UTF8.GetBytes($"x\n{json}\n") },
            { "the same behind an event", Encoding.UTF8.GetBytes($": ok\n\n{json}\n") },
            { "a field that nobody knows", Encoding.UTF8.GetBytes($"answer: {json}\n\n") },
        };
    }

    private static string ToolCallJson => Wire.Message(Wire.ToolUse("bad_tool"), "tool_use");

    [Theory]
    [MemberData(nameof(TextsInWhichSomeClientFindsACall))]
    public void Text_InWhichSomeClientFindsACall_IsRefused(string what, byte[] body)
    {
        var gated = Gated.RunInAllCuts(body, AnswerFraming.Text);

        Assert.True(gated.Stop is not ToolGateStop.None, what);
        Assert.True(gated.Bytes.Length <= ": ok\n\n".Length, what);
    }

    [Theory]
    [InlineData("\u2028")]
    [InlineData("\u2029")]
    [InlineData("\u0085")]
    [InlineData("\v")]
    [InlineData("\f")]
    [InlineData("\u001C")]
    [InlineData("\0")]
    public void Events_LineBesideDataThatSomeReaderCuts_IsRefused(string cut)
    {
        var call = Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd();
        foreach (var line in (string[])[": ok", "id: 1", "retry: 1"])
        {
            foreach (var framing in (AnswerFraming[])[AnswerFraming.Events, AnswerFraming.Text])
            {
                var gated = Gated.RunInAllCuts($"{line}{call.Replace("\n", cut, StringComparison.Ordinal)}\n\n", framing);

                Assert.Equal(("", ToolGateStop.UnknownShape), (gated.Output, gated.Stop));
            }
        }
    }

    [Fact]
    public void Events_CutsThatStandInJson_Pass()
    {
        var events = Wire.ChatStart + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\u2028data: é\u0085\"}}]}\n\n" + Wire.ChatEnd();

        Assert.Equal(events, Gated.RunInAllCuts(events).Output);
    }

    [Theory]
    [InlineData("<style>p { color: red }</style>\n", true)]
    [InlineData("\uFEFF<p>ü</p>\n", true)]
    [InlineData("<p>\ndata: {\"choices\":[]}\n\n", false)]
    public void ErrorText_WithoutEvents_Passes(string text, bool passes)
    {
        var gated = Gated.RunInAllCuts(text, AnswerFraming.ErrorText);

        Assert.Equal((passes ? text : "", passes), (gated.Output, gated.Stop is ToolGateStop.None));
    }

    [Fact]
    public void ErrorText_ThatIsJson_IsGatedAsSuch() =>
        Assert.DoesNotContain("bad_tool", Gated.RunInAllCuts(ToolCallJson, AnswerFraming.ErrorText).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"message\":{\"content\":\"x\"}}\n{\"done\":true}", true)]
    [InlineData("{\"message\":{\"tool_calls\":[]}}\n", true)]
    [InlineData("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"good_tool\"}}]}}]}\n", false)]
    [InlineData("{\"a\":1,\"a\":2}\n", false)]
    public void Lines_ThatMayHoldACall_AreRefused(string lines, bool passes)
    {
        var gated = Gated.RunInAllCuts(lines, AnswerFraming.JsonLines);

        Assert.Equal(passes, gated.Stop is ToolGateStop.None);
        Assert.Equal(passes ? lines : "", gated.Output);
    }

    [Fact]
    public void Events_MoreThanIsHeldBack_AreRefused()
    {
        var gated = Gated.Run(Wire.MessageStart + Wire.BlockStart(0, "good_tool") + Wire.InputDelta(0, new string('x', ToolGate.MaxHeldBytes)));

        Assert.Equal((Wire.MessageStart, ToolGateStop.TooMuchHeld), (gated.Output, gated.Stop));
    }
}
