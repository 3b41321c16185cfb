using System.Text;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.EventStreams.StreamSamples;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

public class EventStreamJoinerTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";
    private const string Reference = "SECRET_REF(it)";
    private const string Done = "data: [DONE]\n\n";

    public static TheoryData<string> ShapeNames => StreamSamples.ShapeNames;

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_ValueInTwoPieces_ReferenceStandsWhereItStarts(string shape)
    {
        var snapshot = Snapshot(("it", Value));
        for (var cut = 1; cut < Value.Length; cut++)
        {
            var stream = Event(shape, "a " + Value[..cut]) + Event(shape, Value[cut..] + " b") + Done;
            var expected = Event(shape, "a " + Reference) + Event(shape, " b") + Done;
            Assert.Equal(expected, snapshot.Mask(stream));
        }
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_ValueInThreePieces_IsCutFromThoseThatFollow(string shape)
    {
        var snapshot = Snapshot(("it", Value));
        for (var first = 1; first < Value.Length - 1; first++)
        {
            for (var second = first + 1; second < Value.Length; second++)
            {
                var stream = Event(shape, "a " + Value[..first]) + Event(shape, Value[first..second]) + Event(shape, Value[second..] + " b");
                var expected = Event(shape, "a " + Reference) + Event(shape, "") + Event(shape, " b");
                Assert.Equal(expected, snapshot.Mask(stream));
            }
        }
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_ByteByByteInAnyLineEnd_GivesTheSame(string shape)
    {
        var snapshot = Snapshot(("it", Value));
        foreach (var newLine in (string[])["\n", "\r\n", "\r"])
        {
            string Stream(string first, string second, string third) => "\uFEFF" + Event(shape, first, 0, newLine) + ": comment" + newLine + newLine
                + "event: ping" + newLine + "data: {\"type\": \"ping\"}" + newLine + "id: 7" + newLine + "retry: 10" + newLine + newLine
                + Event(shape, second, 0, newLine) + Event(shape, third, 0, newLine);

            var expected = Stream(Reference, "", " b");
            Assert.Equal(expected, snapshot.Mask(Stream(Value[..7], Value[7..9], Value[9..] + " b")));
            Assert.Equal(expected, snapshot.MaskEveryByte(Stream(Value[..7], Value[7..9], Value[9..] + " b")));
        }
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_TwoTextsInTurn_EachIsJoinedOnItsOwn(string shape)
    {
        var other = Token(new Random(31), 20);
        var snapshot = Snapshot(("it", Value), ("other", other));
        var stream = Event(shape, Value[..5], 0) + Event(shape, other[..5], 1) + Event(shape, Value[5..9], 0) + Event(shape, other[5..], 1)
            + Event(shape, Value[9..], 0) + Event(shape, "end", 1);
        var expected = Event(shape, Reference, 0) + Event(shape, "SECRET_REF(other)", 1) + Event(shape, "", 0) + Event(shape, "", 1)
            + Event(shape, "", 0) + Event(shape, "end", 1);
        Assert.Equal(expected, snapshot.MaskEveryByte(stream));
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_HalvesInTwoTexts_AreNotJoined(string shape)
    {
        var stream = Event(shape, Value[..9], 0) + Event(shape, Value[9..], 1) + Event(shape, "end", 0) + Event(shape, "end", 1);
        Assert.Equal(stream, Snapshot(("it", Value)).Mask(stream));
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_EventWithNothingOpen_LeavesAtOnceAndUnchanged(string shape)
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var text = Event(shape, "Hello, world.");
        for (var round = 1; round < 4; round++)
        {
            Assert.True(pair.Write(Bytes(text)));
            Assert.Equal(string.Concat(Enumerable.Repeat(text, round)), pair.Text);
            Assert.Equal(0, pair.Joiner.HeldBack);
        }
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_EventWithABeginning_WaitsWithThoseAfterItAndLeavesUnchanged(string shape)
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var open = Event(shape, "see " + Value[..6]);
        pair.Write(Bytes(open + ": ping\n\n"));
        Assert.Equal("", pair.Text);
        var next = Event(shape, " and so on.");
        pair.Write(Bytes(next));
        Assert.Equal(open + ": ping\n\n" + next, pair.Text);
    }

    [Theory]
    [InlineData("p4ss\"w\\rd/with+é ü")]
    [InlineData("line\nline\n\n42 end")]
    [InlineData("tab\tquote\"😀x7y")]
    public void Write_ValueWithEscapes_IsCutAsWholeEscapes(string value)
    {
        var snapshot = Snapshot(("it", value));
        var runes = value.EnumerateRunes().ToList();
        for (var cut = 1; cut < runes.Count; cut++)
        {
            var (head, tail) = (string.Concat(runes.Take(cut)), string.Concat(runes.Skip(cut)));
            foreach (var spell in (Func<string, string>[])[Minimal, Everything])
            {
                var stream = Raw("chat content", "é\\n" + spell(head)) + Raw("chat content", spell(tail) + "\\u00e9!");
                var expected = Raw("chat content", "é\\n" + Reference) + Raw("chat content", "\\u00e9!");
                Assert.Equal(expected, snapshot.Mask(stream));
            }
        }

        static string Everything(string text) => string.Concat(text.Select(unit => $"\\u{(int)unit:X4}"));
        static string Minimal(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
    }

    [Fact]
    public void Write_EachFormInTwoPieces_IsNotSpelledAnyMore()
    {
        var snapshot = Snapshot(("it", Value));
        foreach (var (form, _, bytes) in FormsOf(Bytes(Value)))
        {
            var text = Encoding.UTF8.GetString(bytes);
            for (var cut = 1; cut < text.Length; cut++)
            {
                var output = snapshot.Mask(Event("anthropic tool", "<" + text[..cut]) + Event("anthropic tool", text[cut..] + ">") + Done);
                var spelled = output.Split("partial_json\":\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]);
                Assert.DoesNotContain(text, string.Concat(spelled), StringComparison.Ordinal);
                Assert.True(output.EndsWith(Done, StringComparison.Ordinal), $"{form}");
            }
        }
    }

    [Fact]
    public void Write_TokenInPieces_IsMaskedUnderItsTag()
    {
        var token = AgentToken(new Random(32));
        var snapshot = Snapshot();
        var reference = snapshot.MaskWhole(token);
        for (var cut = 1; cut < token.Length; cut++)
        {
            var output = snapshot.Mask(Event("responses text", token[..cut]) + Event("responses text", token[cut..] + "."));
            Assert.Equal(Event("responses text", reference) + Event("responses text", "."), output);
        }
    }

    [Fact]
    public void Write_OverlappingAndPrefixSecrets_AreOneRange()
    {
        var snapshot = Snapshot(("short", "abcd1234"), ("long", "abcd1234efgh"), ("tail", "4efgh567"));
        Assert.Equal(Event("chat content", "SECRET_REF(long)") + Event("chat content", ""),
            snapshot.Mask(Event("chat content", "abcd1234") + Event("chat content", "efgh")));
        Assert.Equal(Event("chat content", "SECRET_REF(short)") + Event("chat content", " x"),
            snapshot.Mask(Event("chat content", "abcd1234") + Event("chat content", " x")));
        Assert.Equal(Event("chat content", "SECRET_REF(long)") + Event("chat content", "") + Event("chat content", "."),
            snapshot.Mask(Event("chat content", "abcd123") + Event("chat content", "4efgh56") + Event("chat content", "7.")));
    }

    [Fact]
    public void Write_BlockThatOpensWithText_IsJoinedWithItsDeltas()
    {
        const string Start = """data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"{piece}"}}""" + "\n\n";
        string Stream(string first, string second) => Start.Replace("{piece}", first, StringComparison.Ordinal) + Event("anthropic text", second);
        Assert.Equal(Stream(Reference, ""), Snapshot(("it", Value)).Mask(Stream(Value[..8], Value[8..])));
    }

    [Theory]
    [InlineData("anthropic text", "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n")]
    [InlineData("responses call", "data: {\"type\":\"response.function_call_arguments.done\",\"output_index\":0,\"arguments\":\"\"}\n\n")]
    [InlineData("gemini interactions", "data: {\"event_type\":\"step.stop\",\"index\":0}\n\n")]
    [InlineData("chat content", Done)]
    public void Write_TextEndsWhileOpen_LeavesAtOnce(string shape, string end)
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var stream = Event(shape, Value[..8]) + end;
        Assert.True(pair.Write(Bytes(stream)));
        Assert.Equal(stream, pair.Text);
    }

    [Fact]
    public void Write_TextThatWasLeftOpenForAnother_DoesNotWaitForever()
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var stream = Event("chat content", Value[..2]) + string.Concat(Enumerable.Repeat(Event("chat tool call", "."), 70));
        Assert.True(pair.Write(Bytes(stream)));
        Assert.Equal(stream, pair.Text);
    }

    [Fact]
    public void Complete_EventWithoutBlankLine_CountsAndLeaves()
    {
        var stream = Event("gemini text", Value[..8]) + Event("gemini text", Value[8..]).TrimEnd();
        Assert.Equal(Event("gemini text", Reference) + Event("gemini text", "").TrimEnd(), Snapshot(("it", Value)).Mask(stream));
    }

    [Theory]
    [InlineData("data: Xk29fjwL\n\ndata: not json\n\n")]
    [InlineData("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"Xk29fjwL\"}]}}\n\n")]
    [InlineData("data: {\"delta\":{\"type\":\"Xk29\",\"id\":\"Xk29\",\"signature\":\"Xk29\"}}\n\n")]
    [InlineData(": Xk29fjwL\n")]
    [InlineData("data: {\"delta\":{\"text\":\"ok\"}} trailing\n\n")]
    public void Write_WhatContinuesNoText_LeavesAtOnce(string text)
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        Assert.True(pair.Write(Bytes(text)));
        Assert.Equal(text, pair.Text);
    }

    [Fact]
    public void Write_FindingThatBlocks_StopsBeforeTheEventInWhichItStarts()
    {
        var seen = new List<FindingAction>();
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), RedactionPlan.BlockAll, (_, action) => seen.Add(action));
        var before = Event("anthropic text", "Hello.");
        Assert.False(pair.Write(Bytes(before + Event("anthropic text", Value[..8]) + Event("anthropic text", Value[8..]) + before)));
        Assert.Equal(before, pair.Text);
        Assert.Equal((EventStreamStop.Finding, "it"), (pair.Joiner.Stop, pair.Joiner.Blocked!.Value.Name.Value));
        Assert.Equal([FindingAction.Block], seen);
        Assert.False(pair.Write(Bytes(before)));
        Assert.False(pair.Complete());
        Assert.Equal(before, pair.Text);
    }

    [Fact]
    public void Write_ValueInPieces_IsReportedOnce()
    {
        var seen = new List<(long, FindingAction)>();
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll, (found, action) => seen.Add((found.Start, action)));
        var first = Event("chat content", "k=" + Value[..8]);
        Assert.True(pair.Write(Bytes(first + Event("chat content", Value[8..] + "."))));
        Assert.Equal((first.IndexOf(Value[..8], StringComparison.Ordinal), FindingAction.Mask), seen.Single(one => one.Item2 is FindingAction.Mask));
    }

    [Fact]
    public void Write_EventBeyondTheBound_Stops()
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var chunk = new byte[64 * 1024];
        Array.Fill(chunk, (byte)'x');
        Assert.True(pair.Write("data: ok\n\ndata: "u8));
        for (var i = 0; i < EventStreamJoiner.MaxEventBytes / chunk.Length - 1; i++)
        {
            Assert.True(pair.Write(chunk));
        }

        Assert.False(pair.Write(chunk) && pair.Write(chunk));
        Assert.Equal(("data: ok\n\n", EventStreamStop.EventTooLong), (pair.Text, pair.Joiner.Stop));
    }

    [Fact]
    public void Write_MoreHeldThanTheBound_StopsAndWritesNoneOfIt()
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var padding = new byte[1024 * 1024];
        Array.Fill(padding, (byte)'x');
        Assert.True(pair.Write(Bytes(Event("chat content", Value[..8]))));
        var writes = 0;
        while (pair.Write([.. "data: "u8, .. padding, .. "\n\n"u8]))
        {
            Assert.InRange(++writes, 1, 20);
        }

        Assert.Equal(("", EventStreamStop.TooMuchHeld), (pair.Text, pair.Joiner.Stop));
    }

    [Fact]
    public void Write_EndlessOverlap_StopsInsteadOfHoldingAllOfIt()
    {
        using var pair = new JoinerAndRedactor(Snapshot(("self", "ab12ab12")), MaskAll);
        var chunk = Bytes(Event("chat content", string.Concat(Enumerable.Repeat("ab12", 4096))));
        var writes = 0;
        while (pair.Write(chunk))
        {
            Assert.InRange(++writes, 1, 64);
        }

        Assert.Equal(("", EventStreamStop.TooMuchHeld), (pair.Text, pair.Joiner.Stop));
    }

    [Fact]
    public void Write_LongPieceBehindAnOpenOne_IsJoinedAndLeaves()
    {
        var filler = new string('.', 600_000);
        Assert.Equal(
            Event("chat content", Reference) + Event("chat content", filler),
            Snapshot(("it", Value)).Mask(Event("chat content", Value[..8]) + Event("chat content", Value[8..] + filler)));
    }

    [Fact]
    public void Write_MoreOpenTextsThanTheBound_Stops()
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var choices = Enumerable.Range(0, EventStreamJoiner.MaxChannels + 1).Select(i => $$"""{"index":{{i}},"text":"Xk29"}""");
        Assert.False(pair.Write(Bytes($"data: {{\"choices\":[{string.Join(',', choices)}]}}\n\n")));
        Assert.Equal(("", EventStreamStop.TooMuchHeld), (pair.Text, pair.Joiner.Stop));
    }

    [Fact]
    public void Write_HalvesOfASurrogatePairInTwoPieces_AreOneCharacter()
    {
        var snapshot = Snapshot(("it", "Xk29fj\U0001F600wLQ0vmz8"));
        var stream = Raw("chat content", "Xk29fj\\ud83d") + Raw("chat content", "\\ude00wLQ0vmz8.");
        Assert.Equal(Raw("chat content", Reference) + Raw("chat content", "."), snapshot.Mask(stream));
    }

    [Fact]
    public void Write_MaskedAcrossEvents_IsShownWholeAndWhatLiesInOneEventIsTheRedactors()
    {
        var shown = new List<string>();
        using var joiner = new EventStreamJoiner(
            Snapshot(("it", Value)), MaskAll, onMasked: (in found, raw) => shown.Add($"{found.Name}={Encoding.UTF8.GetString(raw)}"));
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        Assert.True(joiner.Write(Bytes(Event("chat content", Value) + Event("chat content", "a " + Value[..8]) + Event("chat content", Value[8..] + " b")), output));
        Assert.True(joiner.Complete(output));

        Assert.Equal([$"it={Value}"], shown);
    }

    [Fact]
    public void Write_CleanEvents_AllocateNothing()
    {
        var chunk = Bytes(Event("anthropic text", "Hello, \\u0041 world.") + Event("chat content", "tab\there.") + ": ping\n\n" + Event("gemini text", "and on."));
        using var joiner = new EventStreamJoiner(Snapshot(("it", Value)), MaskAll);
        var output = new System.Buffers.ArrayBufferWriter<byte>(4096);
        for (var round = 0; round < 200; round++)
        {
            output.ResetWrittenCount();
            Assert.True(joiner.Write(chunk, output));
        }

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var round = 0; round < 100; round++)
            {
                output.ResetWrittenCount();
                joiner.Write(chunk, output);
            }
        }));
    }
}
