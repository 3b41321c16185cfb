using System.Text;
using SecretsFirewall.Protocols.ToolCalls;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>What holds for the stream of every provider.</summary>
public sealed class ShapeTests
{
    public static TheoryData<string> Names => Shape.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void AllowedCalls_AtEveryCut_LeaveByteForByte(string name)
    {
        var shape = Shape.All[name];
        var stream = shape.Stream("good_tool", "good_tool");

        var gated = Gated.RunInEveryCut(stream, shape.Framing);

        Assert.Equal((ToolGateStop.None, shape.Read(stream)), (gated.Stop, shape.Read(gated.Bytes)));
        Assert.Equal(stream, gated.Bytes);
        Assert.Equal([new ToolCall("good_tool", Wire.Arguments), new ToolCall("good_tool", Wire.Arguments)], gated.Calls);
        Assert.Equal(stream, Gated.RunInAllCuts(stream, shape.Framing).Bytes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DeniedCall_ByteByByte_NoneOfItIsEverReadable(string name)
    {
        var shape = Shape.All[name];
        var stream = shape.Stream("bad_tool");
        var whole = Gated.RunInEveryCut(stream, shape.Framing);

        for (var end = 1; end <= stream.Length; end++)
        {
            var left = Gated.After(stream.AsSpan(0, end), shape.Framing);
            Assert.True(whole.Bytes.AsSpan().StartsWith(left), $"After {end} bytes");
        }

        var text = shape.Read(whole.Bytes);
        Assert.Equal(ToolGateStop.None, whole.Stop);
        Assert.Contains("WITHHELD by", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bad_tool", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/tmp", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"tool_use\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_calls", text, StringComparison.Ordinal);
        Assert.Equal(shape.Read(stream).Contains("otal", StringComparison.Ordinal), text.Contains("otal", StringComparison.Ordinal)); // usage
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ParallelCallsOneDenied_TheOthersStay(string name)
    {
        var shape = Shape.All[name];

        var gated = Gated.RunInEveryCut(shape.Stream("good_tool", "bad_tool", "good_tool"), shape.Framing);

        var text = shape.Read(gated.Bytes);
        Assert.Equal(ToolGateStop.None, gated.Stop);
        Assert.Equal(["good_tool", "bad_tool", "good_tool"], gated.Calls.Select(call => call.Tool));
        Assert.DoesNotContain("bad_tool", text, StringComparison.Ordinal);
        Assert.Contains("WITHHELD by", text, StringComparison.Ordinal);
        Assert.Equal(name is "responses" ? 6 : 2, text.Split("\"good_tool\"").Length - 1 - (name is "responses" ? 1 : 0)); // three times each, and once among the tools
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Words_BeforeACall_LeaveBeforeItIsComplete(string name)
    {
        var shape = Shape.All[name];
        var (words, calls, _) = shape.Parts(["good_tool"]);
        byte[] before = [.. words.SelectMany(part => part)];

        Assert.Equal(before, Gated.After([.. before, .. calls[0][..(calls[0].Length / 2)]], shape.Framing));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Stream_ThatBreaksOffWithinACall_NeverLetsItOut(string name)
    {
        var shape = Shape.All[name];
        var (words, calls, _) = shape.Parts(["good_tool"]);
        byte[] before = [.. words.SelectMany(part => part)];
        byte[] stream = [.. before, .. calls[0]];

        var isWhole = shape.Framing is AnswerFraming.Frames ? 0 : 4; // the last line end is not always missed
        for (var end = before.Length + 1; end < stream.Length - isWhole; end++)
        {
            var gated = Gated.Run(stream[..end], shape.Framing);
            Assert.True(gated.Bytes.AsSpan().StartsWith(before), $"After {end} bytes");
            Assert.True(gated.Bytes.AsSpan(before.Length).IndexOf("tool"u8) < 0, $"After {end} bytes");
        }
    }

    /// <summary>
    /// Whatever becomes of a stream on its way: the gate gives the same answer however it is cut, ends in order, and the tool that is not allowed never leaves.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Stream_MutatedAtRandom_NeverLetsTheDeniedToolOut(string name)
    {
        var shape = Shape.All[name];
        var random = new Random(20261121 + name.Length);
        for (var round = 0; round < FuzzRounds.Or(600); round++)
        {
            var units = shape.Units(shape.Stream("good_tool", "bad_tool"));
            for (var times = random.Next(1, 4); times > 0 && units.Count > 0; times--)
            {
                Mutate(units, random, shape);
            }

            byte[] stream = [.. units.SelectMany(unit => unit)];
            var whole = Gated.Run(stream, shape.Framing);
            var cut = Gated.Run(stream, shape.Framing, random.Next(1, 40));
            Assert.True(whole.Bytes.AsSpan().SequenceEqual(cut.Bytes) && whole.Stop == cut.Stop, Encoding.UTF8.GetString(stream));
            Assert.False(shape.Read(whole.Bytes).Split('\n', '\r').Any(line => !line.StartsWith(':') && line.Contains("bad_tool", StringComparison.Ordinal)), Encoding.UTF8.GetString(stream));
        }
    }

    private static void Mutate(List<byte[]> units, Random random, Shape shape)
    {
        var (one, other) = (random.Next(units.Count), random.Next(units.Count));
        switch (random.Next(6))
        {
            case 0:
                units.RemoveAt(one);
                break;
            case 1:
                units.Insert(other, units[one]);
                break;
            case 2:
                (units[one], units[other]) = (units[other], units[one]);
                break;
            default:
                units[one] = shape.Change(units[one], random);
                break;
        }
    }
}
