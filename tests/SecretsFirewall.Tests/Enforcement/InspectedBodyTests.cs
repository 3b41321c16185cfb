using System.Text;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;
using SecretsFirewall.Tests.Inspection;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class InspectedBodyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task ReadAsync_ValueSplitAnywhere_ComesOutAsItsReference(int piece)
    {
        var text = Encoding.ASCII.GetBytes($"before {Bodies.Secret} between {Bodies.Secret}");
        await using var body = new InspectedBody(new PiecewiseStream(text, piece), Bodies.Redactor(Bodies.Masking), []);
        Assert.Equal("before SECRET_REF(canary) between SECRET_REF(canary)", Encoding.ASCII.GetString(await Bodies.ReadAllAsync(body, 5)));
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    [InlineData(ContentCoding.Brotli)]
    public async Task ReadAsync_CodedBody_IsMaskedAndStaysValid(ContentCoding coding)
    {
        var text = Encoding.ASCII.GetBytes($"before {Bodies.Secret} after");
        var source = new DecodedBody(new PiecewiseStream(Bodies.Code(text, coding), 3), [coding], 1100, RefusalCode.Uninspectable);
        await using var body = new InspectedBody(source, Bodies.Redactor(Bodies.Masking), [coding]);
        Assert.Equal("before SECRET_REF(canary) after", Encoding.ASCII.GetString(await Bodies.DecodeAsync(await Bodies.ReadAllAsync(body), coding)));
    }

    [Fact]
    public async Task ReadAsync_EventWithNothingOpen_LeavesBeforeTheNextArrives()
    {
        var events = new[] { "data: {\"n\":1}\n\n", "data: {\"n\":2}\n\n" };
        var source = new PiecewiseStream(Encoding.ASCII.GetBytes(string.Concat(events)), events[0].Length);
        await using var body = new InspectedBody(source, Bodies.Redactor(Bodies.Masking), []);
        var buffer = new byte[4096];
        var count = await body.ReadAsync(buffer);
        Assert.Equal(events[0], Encoding.ASCII.GetString(buffer, 0, count));
        Assert.Equal(events[0].Length, source.Given);
    }

    [Fact]
    public async Task ReadAsync_CodedEvent_IsDecodableAtOnce()
    {
        const string Event = "data: {\"n\":1}\n\n";
        await using var body = new InspectedBody(new PiecewiseStream(Encoding.ASCII.GetBytes(Event + Event), Event.Length), Bodies.Redactor(Bodies.Masking), [ContentCoding.Gzip]);
        var buffer = new byte[4096];
        var count = await body.ReadAsync(buffer);
        using var decoder = new System.IO.Compression.GZipStream(new MemoryStream(buffer, 0, count), System.IO.Compression.CompressionMode.Decompress);
        var plain = new byte[Event.Length];
        decoder.ReadExactly(plain);
        Assert.Equal(Event, Encoding.ASCII.GetString(plain));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task ReadAsync_ValueInPiecesOfAnEventStream_IsMaskedWhereItStarts(int piece)
    {
        var text = Encoding.ASCII.GetBytes(Delta("k " + Bodies.Secret[..9]) + Delta(Bodies.Secret[9..] + ".") + Delta(Bodies.Secret));
        await using var body = new InspectedBody(
            new PiecewiseStream(text, piece), Bodies.Redactor(Bodies.Masking), [], new EventStreamJoiner(Bodies.Snapshot, Bodies.Masking));
        Assert.Equal(Delta("k SECRET_REF(canary)") + Delta(".") + Delta("SECRET_REF(canary)"), Encoding.ASCII.GetString(await Bodies.ReadAllAsync(body, 5)));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4096, false)]
    [InlineData(1, true)]
    public async Task ReadAsync_ToolCallWithASecret_IsDecidedMaskedAndWithheld(int piece, bool coded)
    {
        var seen = new List<ToolCall>();
        var gate = new ToolGate(AnswerFraming.Json, call => { seen.Add(call); return new ToolVerdict(false, "No."); }, "d");
        var text = Encoding.ASCII.GetBytes($$$"""{"type":"message","content":[{"type":"tool_use","name":"t","input":{"k":"{{{Bodies.Secret}}}"}}],"stop_reason":"tool_use"}""");
        Stream source = new PiecewiseStream(coded ? Bodies.Code(text, ContentCoding.Gzip) : text, piece);
        ContentCoding[] codings = coded ? [ContentCoding.Gzip] : [];
        await using var body = new InspectedBody(
            coded ? new DecodedBody(source, codings, 1100, RefusalCode.Uninspectable) : source, Gated(gate), codings);

        var output = await Bodies.ReadAllAsync(body, 5);

        Assert.Equal("""{"type":"message","content":[{"type":"text","text":"No."}],"stop_reason":"end_turn"}""", Encoding.ASCII.GetString(coded ? await Bodies.DecodeAsync(output, ContentCoding.Gzip) : output));
        Assert.Equal("""{"k":"SECRET_REF(canary)"}""", Assert.Single(seen).Arguments);
    }

    [Theory]
    [InlineData("one.")]
    [InlineData("Hm.")]
    public async Task ReadAsync_WordsUnderAGate_LeaveBeforeTheNextEventArrives(string words)
    {
        var text = "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"" + words + "\"},\"finish_reason\":null}]}\n\n";
        var source = new PiecewiseStream(Encoding.ASCII.GetBytes(text + text), text.Length);
        var gate = new ToolGate(AnswerFraming.Events, _ => default, "d");
        await using var body = new InspectedBody(source, Gated(gate, new EventStreamJoiner(Bodies.Snapshot, Bodies.Masking)), []);
        var buffer = new byte[4096];

        Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, await body.ReadAsync(buffer)));
        Assert.Equal(text.Length, source.Given);
    }

    [Fact]
    public async Task ReadAsync_AnswerThatTwoClientsReadInTwoWays_ThrowsAfterWhatWasBefore()
    {
        const string Ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
        var gate = new ToolGate(AnswerFraming.Events, _ => new ToolVerdict(true, ""), "d");
        await using var body = new InspectedBody(new MemoryStream(Encoding.ASCII.GetBytes(Ping + Ping.Replace(": ping", ": pong", StringComparison.Ordinal))), Gated(gate), []);
        var buffer = new byte[4096];

        Assert.Equal(Ping, Encoding.ASCII.GetString(buffer, 0, await body.ReadAsync(buffer)));
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal((RefusalCode.UpstreamUninspectable, "tool_calls"), (refused.Refusal.Code, refused.Refusal.Rule));
    }

    [Fact]
    public async Task ReadAsync_ValueInPiecesThatMustBlock_ThrowsAfterTheEventsBefore()
    {
        var plan = Bodies.Masking with { Registered = FindingAction.Block };
        var text = Encoding.ASCII.GetBytes(Delta("Hello.") + Delta(Bodies.Secret[..9]) + Delta(Bodies.Secret[9..]));
        await using var body = new InspectedBody(new MemoryStream(text), Bodies.Redactor(plan), [], new EventStreamJoiner(Bodies.Snapshot, plan));
        var buffer = new byte[4096];
        var count = await body.ReadAsync(buffer);
        Assert.Equal(Delta("Hello."), Encoding.ASCII.GetString(buffer, 0, count));
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal(RefusalCode.SecretBlocked, refused.Refusal.Code);
    }

    [Fact]
    public async Task ReadAsync_EventTooLongToInspect_IsRefusedAsUninspectable()
    {
        byte[] text = [.. Encoding.ASCII.GetBytes(Delta("Hello.") + "data: "), .. new byte[EventStreamJoiner.MaxEventBytes]];
        await using var body = new InspectedBody(
            new MemoryStream(text), Bodies.Redactor(Bodies.Masking), [], new EventStreamJoiner(Bodies.Snapshot, Bodies.Masking));
        var buffer = new byte[4096];
        var count = await body.ReadAsync(buffer);
        Assert.Equal(Delta("Hello."), Encoding.ASCII.GetString(buffer, 0, count));
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal((RefusalCode.UpstreamUninspectable, "event_stream"), (refused.Refusal.Code, refused.Refusal.Rule));
    }

    [Fact]
    public async Task ReadAsync_FindingThatMustBlock_ThrowsAfterWhatStoodBefore()
    {
        var text = Encoding.ASCII.GetBytes($"before {Bodies.Secret} after");
        await using var body = new InspectedBody(
            new MemoryStream(text), Bodies.Redactor(Bodies.Masking with { Registered = FindingAction.Block }), []);
        var buffer = new byte[4096];
        var count = await body.ReadAsync(buffer);
        Assert.Equal("before ", Encoding.ASCII.GetString(buffer, 0, count));
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal(RefusalCode.SecretBlocked, refused.Refusal.Code);
    }

    [Fact]
    public async Task ReadAsync_ReaderThatWaitsWithoutABuffer_LearnsOfABlockAtOnce()
    {
        var source = new PiecewiseStream(Encoding.ASCII.GetBytes($"before {Bodies.Secret} after, and much more to come"), Bodies.Secret.Length + 14);
        await using var body = new InspectedBody(source, Bodies.Redactor(Bodies.Masking with { Registered = FindingAction.Block }), []);
        var buffer = new byte[4096];
        Assert.Equal("before ".Length, await body.ReadAsync(buffer));
        var given = source.Given;

        Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty));
        await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal((given, 1), (source.Given, source.Waits));
    }

    [Fact]
    public async Task ReadAsync_Garbage_IsRefusedAsUnreadable()
    {
        var source = new DecodedBody(new MemoryStream(Bodies.RandomText(100, 1)), [ContentCoding.Gzip], 1100, RefusalCode.Uninspectable);
        await using var body = new InspectedBody(source, Bodies.Redactor(Bodies.Masking), [ContentCoding.Gzip]);
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal(RefusalCode.Uninspectable, refused.Refusal.Code);
    }

    [Fact]
    public void ReadAsync_BodyThatDecodesToALot_IsReadInMemoryThatDoesNotGrow()
    {
        var small = Bodies.Code(new byte[4 * 1024 * 1024], ContentCoding.Gzip);
        var large = Bodies.Code(new byte[32 * 1024 * 1024], ContentCoding.Gzip);
        var (ofSmall, ofLarge) = (Allocations.Of(() => Read(small)), Allocations.Of(() => Read(large)));
        Assert.InRange(ofLarge - ofSmall, -1024 * 1024, 1024 * 1024);

        static void Read(byte[] coded)
        {
            using var decoded = new DecodedBody(new MemoryStream(coded), [ContentCoding.Gzip], 1100, RefusalCode.UpstreamUninspectable);
            using var body = new InspectedBody(decoded, Bodies.Redactor(Bodies.Masking), [ContentCoding.Gzip]);
            var buffer = TrafficBuffers.Rent(16 * 1024);
            while (body.ReadAsync(buffer).AsTask().GetAwaiter().GetResult() > 0)
            {
            }

            TrafficBuffers.Return(buffer);
        }
    }

    [Fact]
    public async Task ReadAsync_Bomb_IsRefusedBeforeItIsDecoded()
    {
        var bomb = Bodies.Code(new byte[64 * 1024 * 1024], ContentCoding.Brotli);
        await using var body = new DecodedBody(new MemoryStream(bomb), [ContentCoding.Brotli], 1100, RefusalCode.Uninspectable);
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
        Assert.Equal("limits.decoded_ratio", refused.Refusal.Rule);
    }

    private static string Delta(string text) => $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""" + "\n\n";

    private static GatedRewriter Gated(ToolGate gate, EventStreamJoiner? joiner = null) => new(new TextRewriter(Bodies.Redactor(Bodies.Masking), joiner), gate);
}
