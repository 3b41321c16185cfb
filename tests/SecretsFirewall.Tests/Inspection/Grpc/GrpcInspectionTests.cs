using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.WebSockets;
using SecretsFirewall.Tests.Listener;
using static SecretsFirewall.Tests.Inspection.Grpc.GrpcBodies;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Grpc;

public class GrpcInspectionTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";

    private static readonly GrpcFormat Web = new(GrpcFormat.WebTrailers, IsText: false, ContentCoding.Identity);
    private static readonly GrpcFormat WebText = new(GrpcFormat.WebTrailers, IsText: true, ContentCoding.Identity);
    private static readonly GrpcFormat Connect = new(GrpcFormat.ConnectEnd, IsText: false, ContentCoding.Gzip);

    [Fact]
    public void Write_ByteByByte_SettlesExactlyTheMessagesThatAreWhole()
    {
        byte[][] messages = [Message(Field("one")), Message([]), Message(Field("and three"))];
        byte[] body = [.. messages.SelectMany(one => one)];
        long[] ends = [0, messages[0].Length, messages[0].Length + messages[1].Length, body.Length];
        using var inspection = Inspect(secrets: ("it", Value));
        for (var i = 0; i < body.Length; i++)
        {
            Assert.True(inspection.Write(body.AsSpan(i, 1)));
            Assert.Equal((i + 1, ends.Last(end => end <= i + 1)), (inspection.BytesIn, inspection.Settled));
        }

        Assert.True(inspection.Complete());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Write_ValueInTheSecondMessage_StopsWithTheFirstSettled(int piece)
    {
        var first = Message(Field("clean"));
        byte[] body = [.. first, .. Message(Field("key " + Value)), .. first];
        using var inspection = Inspect(secrets: ("it", Value));
        Assert.False(WriteAll(inspection, body, piece));
        Assert.Equal((GrpcStop.Finding, "it", (long)first.Length), (inspection.Stop, inspection.Blocked!.Value.Name.Value, inspection.Settled));
        Assert.False(inspection.Write(first));
        Assert.False(inspection.Complete());
    }

    [Fact]
    public void Write_FindingThatOnlyAlerts_PassesAndTellsWhere()
    {
        var seen = new List<string>();
        using var inspection = new GrpcInspection(
            Snapshot(("it", Value)), default, new GrpcLimits(), _ => FindingAction.Alert, (_, action, location) => seen.Add($"{action} {location}"));
        Assert.True(inspection.Write((byte[])[.. Message([]), .. Message("a " + Value)]));
        Assert.Equal(["Alert grpc#2@2"], seen);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw deflate")]
    public void Write_CompressedMessage_IsDecoded(string coding)
    {
        byte[] clean = [.. Message(Code(coding, Field("clean")), 1), .. Message(Field("plain beside it"))];
        var secret = Message(Code(coding, Field("key " + Value)), 1);
        using var inspection = Inspect(Coded(coding), secrets: ("it", Value));
        Assert.True(WriteAll(inspection, clean, 3));
        Assert.Equal(clean.Length, inspection.Settled);
        Assert.False(WriteAll(inspection, secret, 3));
        Assert.Equal((GrpcStop.Finding, (long)clean.Length), (inspection.Stop, inspection.Settled));
    }

    [Fact]
    public void Write_CompressedMessageOfNoBytes_IsEmpty()
    {
        using var inspection = Inspect(Coded("gzip"));
        Assert.True(inspection.Write(Message([], 1)) && inspection.Complete());
    }

    [Fact]
    public void Write_ValueInAGzipComment_Stops()
    {
        var plain = Code("gzip", Field("clean"));
        byte[] commented = [.. plain[..3], 0x10, .. plain[4..10], .. Bytes(Value), 0, .. plain[10..]];
        using var inspection = Inspect(Coded("gzip"), secrets: ("it", Value));
        Assert.False(inspection.Write(Message(commented, 1)));
        Assert.Equal(GrpcStop.Finding, inspection.Stop);
    }

    [Fact]
    public void Write_WhatIsNoMessage_IsInvalid()
    {
        AssertInvalid(default, Message("x", 1)); // compressed, and nobody said how
        AssertInvalid(default, Message("x", 2));
        AssertInvalid(default, Message("grpc-status: 0\r\n", 0x80)); // trailers are gRPC-Web's
        AssertInvalid(Web, Message("x", 0x40));
        AssertInvalid(Web, Message("{}", 2));
        AssertInvalid(Connect, Message("x", 0x80));
        AssertInvalid(Coded("gzip"), Message("no gzip at all", 1));
        AssertInvalid(Coded("gzip"), Message(Code("gzip", Field("x"))[..^3], 1));
        AssertInvalid(Coded("gzip"), Message([.. Code("gzip", Field("x")), 7], 1)); // something behind its end
        AssertInvalid(default, Message("cut off")[..^1]);
        AssertInvalid(default, [0, 0, 0]);
        AssertInvalid(WebText, "AAAA*AAA"u8.ToArray());
        AssertInvalid(WebText, "AAAA AAA"u8.ToArray());
        AssertInvalid(WebText, "AAAAAA"u8.ToArray());
    }

    [Fact]
    public void Write_LengthBeyondTheLimit_IsTooLargeBeforeThePayloadComes()
    {
        using var inspection = Inspect(limits: new GrpcLimits(MessageBytes: 100));
        Assert.True(inspection.Write(Message(new byte[100])));
        Assert.False(inspection.Write([0, 0, 0, 0, 101]));
        Assert.Equal((GrpcStop.TooLarge, 105L), (inspection.Stop, inspection.Settled));
    }

    [Theory]
    [InlineData(16, 1_100)]
    [InlineData(1_000, 2)]
    public void Write_Bomb_IsTooLargeAndNotDecodedToItsEnd(int megabytes, int ratio)
    {
        var bomb = Code("gzip", new byte[64 * 1024 * 1024]);
        using var inspection = Inspect(Coded("gzip"), new GrpcLimits(megabytes * 1024 * 1024, ratio));
        Assert.False(inspection.Write(Message(bomb, 1)));
        Assert.Equal((GrpcStop.TooLarge, 0L), (inspection.Stop, inspection.Settled));
    }

    [Fact]
    public void Write_TrailersInTheBody_AreInspected()
    {
        using var clean = Inspect(Web, secrets: ("it", Value));
        Assert.True(clean.Write((byte[])[.. Message("x"), .. Message("grpc-status: 0\r\n", 0x80)]) && clean.Complete());

        using var secret = Inspect(Web, secrets: ("it", Value));
        Assert.False(secret.Write((byte[])[.. Message("x"), .. Message($"grpc-status: 2\r\ngrpc-message: {Value}\r\n", 0x80)]));
        Assert.Equal((GrpcStop.Finding, 6L), (secret.Stop, secret.Settled));
    }

    [Fact]
    public void Write_StreamOfConnect_IsReadWithItsEnd()
    {
        byte[] clean = [.. Message("{}"), .. Message(Code("gzip", "{}"u8.ToArray()), 1), .. Message("{}", 2)];
        using var inspection = Inspect(Connect, secrets: ("it", Value));
        Assert.True(WriteAll(inspection, clean, 3) && inspection.Complete());
        foreach (var flags in (byte[])[1, 3])
        {
            using var secret = Inspect(Connect, secrets: ("it", Value));
            Assert.False(WriteAll(secret, [.. clean, .. Message(Code("gzip", Bytes($"{{\"error\":\"{Value}\"}}")), flags)], 7));
            Assert.Equal((GrpcStop.Finding, (long)clean.Length), (secret.Stop, secret.Settled));
        }
    }

    [Theory]
    [InlineData("application/connect+proto", null, true)]
    [InlineData("application/connect+json", "gzip", true)]
    [InlineData("Application/Connect+JSON; charset=utf-8", "identity", true)]
    [InlineData("application/connect+proto", "br", false)]
    [InlineData("application/connect+proto", "zstd", false)]
    public void TryRead_Connect(string type, string? encoding, bool known)
    {
        Assert.True(GrpcFormat.IsCall(type) && !GrpcFormat.IsGrpc(type));
        Assert.Equal("Connect-Content-Encoding", GrpcFormat.EncodingFieldOf(type));
        Assert.Equal(known, GrpcFormat.TryRead(type, encoding, out var format));
        Assert.Equal(GrpcFormat.ConnectEnd, format.EndFlag);
    }

    [Fact]
    public void Write_Text_SettlesAtTheQuadThatEndsAMessage()
    {
        for (var length = 0; length < 7; length++)
        {
            var first = Text(Message(new string('a', length)));
            byte[] body = [.. first, .. Text(Message("b"), Message("grpc-status: 0\r\n", 0x80))];
            using var inspection = Inspect(WebText, secrets: ("it", Value));
            for (var i = 0; i < body.Length; i++)
            {
                Assert.True(inspection.Write(body.AsSpan(i, 1)));
                Assert.True(i + 1 < first.Length ? inspection.Settled == 0 : inspection.Settled >= first.Length);
            }

            Assert.True(inspection.Complete());
            Assert.Equal(body.Length, inspection.Settled);
        }
    }

    [Fact]
    public void Write_ValueInText_Stops()
    {
        using var inspection = Inspect(WebText, secrets: ("it", Value));
        Assert.False(WriteAll(inspection, Text(Message("x"), Message(Field(Value))), 5));
        Assert.Equal(GrpcStop.Finding, inspection.Stop);
    }

    [Fact]
    public void Fuzz_MutatedBodyInAnyPieces_ComesToTheSameAndSettlesNoMore()
    {
        byte[][] bodies =
        [
            [.. Message(Field("one")), .. Message(Code("gzip", Field("two")), 1), .. Message("grpc-status: 0\r\n", 0x80)],
            [.. Message(Field("one " + Value)), .. Message([])],
            Text(Message("abc"), Message(Code("gzip", Field(Value)), 1)),
        ];
        Rounds.Check(300, seed =>
        {
            var random = new Random(seed);
            var body = Mutations.Of(bodies[random.Next(bodies.Length)], random);
            var format = new GrpcFormat(random.Next(2) == 0 ? GrpcFormat.WebTrailers : GrpcFormat.ConnectEnd, random.Next(2) == 0, random.Next(2) == 0 ? ContentCoding.Gzip : ContentCoding.Identity);
            using var whole = Inspect(format, new GrpcLimits(MessageBytes: 4096), secrets: ("it", Value));
            using var pieces = Inspect(format, new GrpcLimits(MessageBytes: 4096), secrets: ("it", Value));
            var goesOn = WriteAll(whole, body, body.Length) && whole.Complete();
            return goesOn == (WriteAll(pieces, body, random.Next(1, 9)) && pieces.Complete())
                && (whole.Stop, whole.Settled) == (pieces.Stop, pieces.Settled)
                && (!goesOn || whole.Settled == body.Length);
        });
    }

    [Theory]
    [InlineData("application/grpc", true, false, false)]
    [InlineData("application/grpc+proto", true, false, false)]
    [InlineData("Application/GRPC+json; charset=utf-8", true, false, false)]
    [InlineData("application/grpc-web", true, true, false)]
    [InlineData("application/grpc-web+proto", true, true, false)]
    [InlineData("application/grpc-web-text", true, true, true)]
    [InlineData("application/grpc-web-text+proto", true, true, true)]
    [InlineData("application/grpc-gateway", false, false, false)]
    [InlineData("application/json", false, false, false)]
    [InlineData(null, false, false, false)]
    public void IsGrpc_Type(string? type, bool isGrpc, bool isWeb, bool isText)
    {
        Assert.Equal(isGrpc, GrpcFormat.IsGrpc(type));
        Assert.True(GrpcFormat.TryRead(type, null, out var format));
        Assert.Equal((isWeb, isText), (format.EndFlag == GrpcFormat.WebTrailers, format.IsText));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("identity", true)]
    [InlineData("gzip", true)]
    [InlineData("deflate", true)]
    [InlineData("snappy", false)]
    [InlineData("zstd", false)]
    [InlineData("gzip, gzip", false)]
    public void TryRead_Encoding(string? encoding, bool known) => Assert.Equal(known, GrpcFormat.TryRead("application/grpc", encoding, out _));

    [Theory]
    [InlineData("identity,deflate,gzip", "identity,deflate,gzip")]
    [InlineData("zstd, gzip , snappy", "gzip")]
    [InlineData("zstd", "identity")]
    [InlineData("", "identity")]
    public void NarrowAccepted_KeepsWhatCanBeRead(string accepted, string kept) => Assert.Equal(kept, GrpcFormat.NarrowAccepted(accepted));

    private static void AssertInvalid(GrpcFormat format, byte[] body)
    {
        using var inspection = Inspect(format);
        Assert.False(inspection.Write(body) && inspection.Complete());
        Assert.Equal((GrpcStop.Invalid, true), (inspection.Stop, inspection.Settled < body.Length));
    }

    private static bool WriteAll(GrpcInspection inspection, byte[] body, int piece) =>
        body.Chunk(piece).All(one => inspection.Write(one));
}
