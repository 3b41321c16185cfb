using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>What the frames of an open socket are worth: bytes as they came, messages as the plan says.</summary>
public sealed class FrameTests(FirewallFixture firewall) : SocketTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Frames_WithNothingInThem_PassByteForByteBothWays()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        byte[][] sent = [Masked(Text, "one"), Masked(Text, "tw", isFinal: false), Masked(0, "o"), Masked(Binary, new byte[70_000]), Masked(Ping, "p"), Masked(Text, "")];
        byte[][] answered = [Plain(Text, "eins"), Plain(Binary, "zw", isFinal: false), Plain(0, "ei"), Plain(Text, new string('x', 300)), Plain(Pong, "p")];

        await socket.Client.SendAsync(sent);
        await socket.Upstream.SendAsync(answered);

        Assert.Equal(sent, (await socket.Upstream.ReadAsync(sent.Length)).Select(frame => frame.Raw));
        Assert.Equal(answered, (await socket.Client.ReadAsync(answered.Length)).Select(frame => frame.Raw));
    }

    [Fact]
    public async Task Message_WithAValue_ToAModel_IsMaskedAndTheNextPassesAsItCame()
    {
        var canary = Firewall.Register(CanaryShape.Token);
        await using var socket = await OpenAsync(Hosts.OpenAi);
        var next = Masked(Text, "next");

        await socket.Client.SendAsync(Masked(Text, $$"""{"type":"response.create","input":"use {{canary.Value[..9]}}""", isFinal: false), Masked(0, $$"""{{canary.Value[9..]}}"}"""), next);

        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal($$"""{"type":"response.create","input":"use {{canary.Reference}}"}""", frames[0].Text);
        Assert.True(frames[0] is { IsMasked: true, IsFinal: true });
        Assert.Equal(next, frames[1].Raw);
        await CloseAsync(socket);
        var record = await OutcomeAsync(socket);
        Assert.Equal(Verdict.Changed, record.Verdict);
        Assert.Equal(Carrier.WebSocketMessage, Assert.Single(record.Findings).Carrier);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Answer_WithAValue_AgentReadsTheReference()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Upstream.SendAsync(Plain(Text, $"it is {canary.Value}."), Plain(Binary, $"again {canary.Value}"));

        var frames = await socket.Client.ReadAsync(2);
        Assert.Equal([$"it is {canary.Reference}.", $"again {canary.Reference}"], frames.Select(frame => frame.Text));
        Assert.All(frames, frame => Assert.False(frame.IsMasked));
        AssertOnlyUpstreamHas(canary, [.. frames.Select(frame => frame.Raw)]);
    }

    [Fact]
    public async Task Answer_BinaryThatIsNoText_WithAValue_EndsTheSocket()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Upstream.SendAsync(Plain(Text, "fine"), Plain(Binary, [0xFF, 0xFE, .. canary.Bytes]));

        var frames = await socket.Client.ReadAsync(2);
        Assert.Equal(("fine", Close, 1008), (frames[0].Text, frames[1].Opcode, frames[1].CloseCode));
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
        AssertOnlyUpstreamHas(canary, [.. frames.Select(frame => frame.Raw)]);
    }

    [Fact]
    public async Task Token_ToATool_EndsTheSocketAndTheUpstreamGetsNothingOfTheMessage()
    {
        var token = Rules.MadeUpTokens.GitHub();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, "before"), Masked(Text, "use "u8.ToArray(), isFinal: false), Masked(0, $"{token} now"));

        var close = await socket.Client.ReadAsync();
        Assert.Equal((Close, 1008), (close!.Opcode, close.CloseCode));
        Assert.StartsWith("secret_blocked: sfw explain ", close.CloseReason, StringComparison.Ordinal);
        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal(("before", Close, 1001), (frames[0].Text, frames[1].Opcode, frames[1].CloseCode));
        Assert.Null(await socket.Upstream.ReadAsync());
        var record = await OutcomeAsync(socket);
        Assert.Equal((Verdict.Aborted, "secret_blocked"), (record.Verdict, record.Code));
        Assert.DoesNotContain(token, Encoding.Latin1.GetString(Http1Upstream.Single.Wire.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_ToATool_IsUnbound()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Http1Tool, "X-Api-Key", "{}");
        await using var socket = await OpenAsync(Hosts.Http1Tool, null, $"X-Api-Key: {canary.Reference}");
        Assert.Equal(canary.Value, Http1Upstream.Single.Header("X-Api-Key"));

        await socket.Client.SendAsync(Masked(Text, $$"""{"key":"{{canary.Reference}}"}"""));

        Assert.StartsWith("unbound_ref", (await socket.Client.ReadAsync())!.CloseReason, StringComparison.Ordinal);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
    }

    [Fact]
    public async Task Value_InTwoMessages_TheSecondDoesNotLeave()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, $$"""{"text":"use {{canary.Value[..20]}}"}"""), Masked(Text, $$"""{"text":"{{canary.Value[20..]}} now"}"""));

        Assert.Equal(1008, (await socket.Client.ReadAsync())!.CloseCode);
        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal(1001, frames[1].CloseCode);
        Assert.Equal("fragmented_secret", (await OutcomeAsync(socket)).Rule);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Value_InTwoPings_TheSecondDoesNotLeave()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Ping, canary.Value[..20]), Masked(Ping, canary.Value[20..]));

        Assert.Equal(1008, (await socket.Client.ReadAsync())!.CloseCode);
        var frames = await socket.Upstream.ReadAsync(2);
        Assert.Equal((Ping, 1001), (frames[0].Opcode, frames[1].CloseCode));
        Assert.Equal("fragmented_secret", (await OutcomeAsync(socket)).Rule);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task Value_InTwoPingsOfTheUpstream_TheSecondDoesNotReachTheAgent()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Upstream.SendAsync(Plain(Ping, canary.Value[..20]), Plain(Ping, canary.Value[20..]));

        var frames = await socket.Client.ReadAsync(2);
        Assert.Equal((Ping, 1008), (frames[0].Opcode, frames[1].CloseCode));
        Assert.Equal("fragmented_secret", (await OutcomeAsync(socket)).Rule);
    }

    [Fact]
    public async Task ModelsDeltas_ThatSpellAValueTogether_AreJoined()
    {
        var canary = Firewall.Register();
        await using var socket = await OpenAsync(Hosts.OpenAi);

        await socket.Upstream.SendAsync(Delta($"it is {canary.Value[..15]}"), Delta(canary.Value[15..]), Plain(Text, """{"type":"response.output_text.done","output_index":0}"""));

        var frames = await socket.Client.ReadAsync(3);
        Assert.Contains($"it is {canary.Reference}", frames[0].Text, StringComparison.Ordinal);
        Assert.Contains("done", frames[2].Text, StringComparison.Ordinal);
        AssertOnlyUpstreamHas(canary, [.. frames.Select(frame => frame.Raw)]);

        static byte[] Delta(string text) => Plain(Text, $$"""{"type":"response.output_text.delta","output_index":0,"delta":"{{text}}"}""");
    }

    [Fact]
    public async Task Ping_BetweenFragments_PassesBeforeTheMessageIsWhole()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        var (start, ping, end) = (Masked(Text, "half", isFinal: false), Masked(Ping, "alive"), Masked(0, " and half"));

        await socket.Client.SendAsync(start, ping);
        Assert.Equal(ping, (await socket.Upstream.ReadAsync())!.Raw);
        await socket.Client.SendAsync(end);

        Assert.Equal([start, end], (await socket.Upstream.ReadAsync(2)).Select(frame => frame.Raw));
    }

    [Theory]
    [InlineData("8105 48656c6c6f", 1002)] // not masked
    [InlineData("c180 00000000", 1002)] // compressed, and nothing agreed
    [InlineData("8380 00000000", 1002)]
    [InlineData("89fe 007e", 1002)]
    [InlineData("0980 00000000", 1002)]
    [InlineData("8080 00000000", 1002)]
    [InlineData("81fe 0005 00000000", 1002)]
    [InlineData("82ff 8000000000000000 00000000", 1002)]
    [InlineData("8182 00000000 c328", 1007)]
    [InlineData("8882 00000000 03ed", 1002)]
    public async Task InvalidFrame_OfTheClient_ClosesBothAndIsRecordedOnce(string hex, int code)
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal(code, (await socket.Client.ReadAsync())!.CloseCode);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
        Assert.Null(await socket.Upstream.ReadAsync());
        var record = await OutcomeAsync(socket);
        Assert.Equal((Audit.AuditTypes.BypassAttempt, "websocket"), (record.Type, record.Rule));
    }

    [Theory]
    [InlineData("8185 00000000 48656c6c6f", 1002)]
    [InlineData("8300", 1002)]
    [InlineData("8102 c328", 1007)]
    public async Task InvalidFrame_OfTheUpstream_ClosesBothAndBlamesTheUpstream(string hex, int code)
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Upstream.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal(1011, (await socket.Client.ReadAsync())!.CloseCode);
        Assert.Equal(code, (await socket.Upstream.ReadAsync())!.CloseCode);
        var record = await OutcomeAsync(socket);
        Assert.Equal(("upstream_protocol", Blame.Upstream), (record.Code, record.Blame));
    }

    [Fact]
    public async Task Message_OverTheLimit_Is1009()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync([0x82, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4]);

        Assert.Equal(1009, (await socket.Client.ReadAsync())!.CloseCode);
        Assert.Equal("too_large", (await OutcomeAsync(socket)).Code);
    }

    [Fact]
    public async Task CompressedBomb_Is1009AndNothingOfItLeaves()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool, "permessage-deflate");
        var coded = new MemoryStream();
        await using (var coder = new System.IO.Compression.DeflateStream(coded, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            await coder.WriteAsync(new byte[32 * 1024 * 1024]);
        }

        await socket.Client.SendAsync(Masked(Binary, coded.ToArray(), isCompressed: true));

        Assert.Equal(1009, (await socket.Client.ReadAsync())!.CloseCode);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
    }

    private static async Task CloseAsync(OpenSocket socket)
    {
        await socket.Client.SendAsync(CloseFrame(isMasked: true, 1000));
        Assert.Equal(1000, (await socket.Upstream.ReadAsync())!.CloseCode);
        await socket.Upstream.SendAsync(CloseFrame(isMasked: false, 1000));
        Assert.Equal(1000, (await socket.Client.ReadAsync())!.CloseCode);
    }
}
