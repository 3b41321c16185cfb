using System.Buffers;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Inspection.AmazonStreams;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.WebSockets;
using SecretsFirewall.Tests.Listener;
using static SecretsFirewall.Tests.Inspection.AmazonStreams.AmazonFrames;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.AmazonStreams;

public class AmazonStreamRedactorTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";
    private const string Reference = "SECRET_REF(it)";

    [Fact]
    public void Crc32_CheckValueOfTheStandard() => Assert.Equal(0xCBF43926u, Crc32Table.Of("123456789"u8));

    [Fact]
    public void Write_NothingFound_EveryByteAsItCame()
    {
        byte[] stream = [.. Event("messageStart", """{"role":"assistant"}"""), .. Delta("Hello "), .. Delta("world."), .. Stop(), .. Frame([], [])];
        foreach (var piece in (int[])[1, 7, 1000])
        {
            Assert.Equal(stream, Mask(stream, piece));
        }
    }

    [Fact]
    public void Write_ValueInTwoDeltas_IsMaskedWithRightLengthsAndChecksums()
    {
        for (var cut = 1; cut < Value.Length; cut++)
        {
            byte[] stream = [.. Delta("key: " + Value[..cut]), .. Delta("other", 1), .. Delta(Value[cut..] + ", keep it"), .. Stop()];
            byte[] expected = [.. Delta("key: " + Reference), .. Delta("other", 1), .. Delta(", keep it"), .. Stop()];
            Assert.Equal(expected, Mask(stream, 50));
        }
    }

    [Fact]
    public void Write_ValueInOnePayload_IsMasked() =>
        Assert.Equal((byte[])[.. Delta("a"), .. Delta($"key {Reference}.")], Mask([.. Delta("a"), .. Delta($"key {Value}.")], 33));

    [Fact]
    public void Write_ValueInPiecesOfEventsInBase64_IsMaskedInside()
    {
        for (var cut = 1; cut < Value.Length; cut++)
        {
            byte[] stream = [.. Chunk(ClaudeDelta("key: " + Value[..cut])), .. Chunk(ClaudeDelta(Value[cut..] + " and")), .. Chunk("""{"type":"message_stop"}""")];
            var inner = Payloads(Mask(stream, 41)).Select(Inner).ToList();
            Assert.Equal([ClaudeDelta("key: " + Reference), ClaudeDelta(" and"), """{"type":"message_stop"}"""], inner);
        }
    }

    [Fact]
    public void Write_ValueInOneEventInBase64_IsMaskedAndItsPaddingFieldStays()
    {
        var payload = Assert.Single(Payloads(Mask(Chunk(ClaudeDelta($"x {Value}")), 1000)));
        Assert.Equal(ClaudeDelta($"x {Reference}"), Inner(payload));
        Assert.EndsWith("\",\"p\":\"abcdef\"}", payload, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ValueBesideTheEventInBase64_IsMasked()
    {
        var payload = Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Bytes("{}"))}}","note":"{{Value}}"}""");
        Assert.Contains($"\"note\":\"{Reference}\"", Assert.Single(Payloads(Mask(payload, 1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_EventWithNothingOpen_LeavesAtOnce()
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = Redactor();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(redactor.Write(Delta("Hello."), output));
            Assert.Equal(Delta("Hello.").Length * (i + 1), output.WrittenCount);
        }
    }

    [Fact]
    public void Write_BlockThatStopsWhileOpen_LeavesWithItsStop()
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = Redactor();
        byte[] stream = [.. Delta(Value[..8])];
        Assert.True(redactor.Write(stream, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.True(redactor.Write(Stop(), output));
        Assert.Equal((byte[])[.. stream, .. Stop()], output.WrittenSpan.ToArray());
    }

    [Fact]
    public void Write_WrongChecksum_StopsBeforeTheFrame()
    {
        var first = Delta("first.");
        foreach (var at in (int[])[0, 5, 9, 20, -30, -1])
        {
            var damaged = Delta("second.");
            damaged[at < 0 ? damaged.Length + at : at] ^= 1;
            AssertInvalid([.. first, .. damaged, .. first], first.Length);
        }
    }

    [Fact]
    public void Write_WhatIsNoFrame_Stops()
    {
        AssertInvalid("data: {\"delta\":{}}\n\n"u8.ToArray(), 0);
        AssertInvalid([.. Delta("x."), .. Delta("cut off")[..^1]], Delta("x.").Length);
        AssertInvalid(Frame([200, 1], []), 0);
        AssertInvalid(Frame([1, (byte)'a', 10], []), 0);
        AssertInvalid(Frame([1, (byte)'a', 7, 0, 9, 1], []), 0);
    }

    [Fact]
    public void Write_ValueInAHeader_Stops()
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = Redactor();
        Assert.False(redactor.Write((byte[])[.. Delta("x."), .. Frame(Header(":exception-type", Value), Bytes("{}"))], output));
        Assert.Equal((AmazonStreamStop.Finding, Delta("x.").Length), (redactor.Stop, output.WrittenCount));
    }

    [Fact]
    public void Write_FindingThatBlocks_StopsBeforeTheEventInWhichItStarts()
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = new AmazonStreamRedactor(Snapshot(("it", Value)), RedactionPlan.BlockAll);
        Assert.False(redactor.Write((byte[])[.. Delta("x."), .. Delta(Value[..9]), .. Delta(Value[9..] + ".")], output));
        Assert.Equal((AmazonStreamStop.Finding, "it", Delta("x.").Length), (redactor.Stop, redactor.Blocked!.Value.Name.Value, output.WrittenCount));
    }

    [Fact]
    public void Write_PayloadThatIsNoTextWithAValue_Blocks()
    {
        using var redactor = Redactor();
        Assert.False(redactor.Write(Frame(Header(":event-type", "PayloadChunk"), [0xff, 0xfe, .. Bytes(Value)]), new ArrayBufferWriter<byte>()));
        Assert.Equal(AmazonStreamStop.Finding, redactor.Stop);
    }

    [Fact]
    public void Write_EventBeyondTheBound_Stops()
    {
        using var redactor = Redactor();
        var large = Event("chunk", $$$"""{"delta":{"text":"{{{new string('x', 11 * 1024 * 1024)}}}"}}""");
        Assert.False(large.Chunk(64 * 1024).All(chunk => redactor.Write(chunk, new ArrayBufferWriter<byte>())));
        Assert.Equal(AmazonStreamStop.TooMuchHeld, redactor.Stop);
    }

    [Fact]
    public void Fuzz_MutatedStreamInAnyPieces_GivesTheSameWholeFrames()
    {
        byte[] stream = [.. Delta("a " + Value[..7]), .. Delta(Value[7..]), .. Chunk(ClaudeDelta(Value)), .. Stop()];
        Rounds.Check(200, seed =>
        {
            var random = new Random(seed);
            var mutated = Mutations.Of(stream, random);
            var (whole, pieces) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
            using var one = Redactor();
            using var other = Redactor();
            _ = one.Write(mutated, whole) && one.Complete(whole);
            _ = mutated.Chunk(random.Next(1, 60)).All(chunk => other.Write(chunk, pieces)) && other.Complete(pieces);
            Payloads(whole.WrittenSpan);
            return one.Stop == other.Stop && whole.WrittenSpan.SequenceEqual(pieces.WrittenSpan);
        });
    }

    private static string Inner(string payload)
    {
        using var document = JsonDocument.Parse(payload);
        return Encoding.UTF8.GetString(document.RootElement.GetProperty("bytes").GetBytesFromBase64());
    }

    private static AmazonStreamRedactor Redactor() => new(Snapshot(("it", Value)), MaskAll);

    private static byte[] Mask(byte[] stream, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = Redactor();
        Assert.All(stream.Chunk(piece), chunk => Assert.True(redactor.Write(chunk, output)));
        Assert.True(redactor.Complete(output));
        return output.WrittenSpan.ToArray();
    }

    private static void AssertInvalid(byte[] stream, int leaves)
    {
        var output = new ArrayBufferWriter<byte>();
        using var redactor = Redactor();
        Assert.False(redactor.Write(stream, output) && redactor.Complete(output));
        Assert.Equal((AmazonStreamStop.Invalid, leaves), (redactor.Stop, output.WrittenCount));
    }
}
