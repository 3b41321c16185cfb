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
    [InlineData(" \n \n")]
    [InlineData("")]
    public void Text_WithoutEvents_Passes(string text) => Assert.Equal(text, Gated.RunInAllCuts(text, AnswerFraming.Text).Output);

    [Fact]
    public void Text_ThatIsJsonOrEvents_IsGatedAsSuch()
    {
        Assert.DoesNotContain("bad_tool", Gated.RunInAllCuts(" \n" + Wire.Message(Wire.ToolUse("bad_tool"), "tool_use"), AnswerFraming.Text).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bad_tool", Gated.RunInAllCuts(Wire.ChatStart + Wire.ChatCall(0, "bad_tool") + Wire.ChatEnd(), AnswerFraming.Text).Output, StringComparison.Ordinal);
    }

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
