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
    [InlineData("""{"functionCall":{"name":"good_tool","partialArgs":[]}}""")]
    [InlineData("""{"functionCall":{"name":"good_tool","args":{},"willContinue":true}}""")]
    [InlineData("""{"functionCall":{"name":"good_tool","args":"{}"}}""")]
    [InlineData("""{"FunctionCall":{"name":"good_tool","args":{}}}""")]
    [InlineData("""{"toolCall":{"x":1}}""")]
    public void Gemini_CallInPiecesOrOfAnotherShape_IsRefused(string part)
    {
        var gated = Gated.RunInAllCuts("data: " + Candidates(part) + "\n\n");

        Assert.NotEqual(ToolGateStop.None, gated.Stop);
        Assert.Empty(gated.Output);
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
    [InlineData("{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"good_tool\"}}]}}\n", false)]
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

    /// <summary>
    /// Whatever becomes of a stream on its way: the gate gives the same answer however it is cut, ends in order, and the tool that is not allowed never leaves.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Events_MutatedAtRandom_NeverLetTheDeniedToolOut(int which)
    {
        var random = new Random(20261121 + which);
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("SFW_FUZZ_ROUNDS"), out var asked) ? asked : 1500;
        for (var round = 0; round < rounds; round++)
        {
            var stream = Mutate(Streams[which], random);
            var whole = Gated.Run(stream);
            var cut = Gated.Run(stream, piece: random.Next(1, 40));

            Assert.True((whole.Output, whole.Stop) == (cut.Output, cut.Stop), stream);
            Assert.False(whole.Output.Split('\n', '\r').Any(line => !line.StartsWith(':') && line.Contains("bad_tool", StringComparison.Ordinal)), stream);
        }
    }

    private static string[] Streams { get; } =
    [
        Wire.MessageStart + Wire.TextBlock(0, "x") + Wire.ToolBlock(1, "good_tool") + Wire.ToolBlock(2, "bad_tool") + Wire.MessageEnd("tool_use"),
        Wire.ChatStart + Wire.ChatCall(0, "good_tool") + Wire.ChatCall(1, "bad_tool") + Wire.ChatEnd(),
        Wire.Numbered([Wire.Created, .. Wire.FunctionCall(0, "good_tool"), .. Wire.FunctionCall(1, "bad_tool"),
            Wire.Completed(Wire.FunctionItem(0, "good_tool", string.Concat(Wire.Pieces)), Wire.FunctionItem(1, "bad_tool", string.Concat(Wire.Pieces)))]),
        "data: " + Candidates("""{"text":"x"}""", GoodPart) + "\n\ndata: " + Candidates(BadPart, GoodPart) + "\n\n",
    ];

    private static string Mutate(string stream, Random random)
    {
        var text = new StringBuilder(stream);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(6))
            {
                case 0:
                    text[at] = "{}[]\",:\\\n\r0x \0"[random.Next(14)];
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at));
                    break;
                case 2:
                    text.Insert(at, "{}[]\",:\\\n\r0x "[random.Next(13)]);
                    break;
                default:
                    var events = text.ToString().Split("\n\n").ToList();
                    var (one, other) = (random.Next(events.Count), random.Next(events.Count));
                    if (random.Next(3) == 0)
                    {
                        events.RemoveAt(one);
                    }
                    else if (random.Next(2) == 0)
                    {
                        events.Insert(other, events[one]);
                    }
                    else
                    {
                        (events[one], events[other]) = (events[other], events[one]);
                    }

                    text = new StringBuilder(string.Join("\n\n", events));
                    break;
            }

            if (text.Length == 0)
            {
                return "";
            }
        }

        return text.ToString();
    }
}
