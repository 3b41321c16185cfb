using System.Text;
using SecretsFirewall.Inspection.WebSockets;
using static SecretsFirewall.Tests.Inspection.WebSockets.TestFrames;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

public sealed class WebSocketTransformerTests
{
    private const int Text = 1;
    private const int Binary = 2;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;
    private const uint Key = 0x11_22_33_44;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Write_NothingFound_LeavesByteForByte(int length)
    {
        var frames = Frame(Text, Encoding.ASCII.GetBytes(new string('x', length)), key: Key);
        using var transformer = ToUpstream();

        Assert.Equal(frames, transformer.Transform(frames));
        Assert.Equal(0, transformer.HeldBytes);
    }

    [Fact]
    public void Write_SecretInOneOfThree_OnlyThatOneIsFramedAnew()
    {
        byte[] before = Frame(Text, "before"u8.ToArray(), key: Key), after = Fragmented(Binary, "after"u8.ToArray(), 3, Key);
        byte[] frames = [.. before, .. Frame(Text, "a secret here"u8.ToArray(), key: Key), .. after];
        using var transformer = ToUpstream();

        var output = transformer.Transform(frames);

        Assert.Equal(before, output[..before.Length]);
        Assert.Equal(after, output[^after.Length..]);
        var changed = output[before.Length..^after.Length];
        var key = changed.AsSpan(2, 4).ToArray();
        Assert.NotEqual([0x11, 0x22, 0x33, 0x44], key);
        Assert.Equal("a SECRET_REF(name) here", Encoding.ASCII.GetString([.. changed[6..].Select((b, i) => (byte)(b ^ key[i % 4]))]));
    }

    [Fact]
    public void Write_SecretOverFragments_IsJoinedAndMasked()
    {
        using var transformer = ToClient();

        Assert.Equal(Frame(Text, "a SECRET_REF(name)"u8.ToArray()), transformer.Transform(Fragmented(Text, "a secret"u8.ToArray(), 8)));
    }

    [Fact]
    public void Write_PingBetweenFragments_PassesAtOnceWhileTheStartIsHeld()
    {
        var start = Frame(Text, "first "u8.ToArray(), isFinal: false);
        var ping = Frame(Ping, "now"u8.ToArray());
        var end = Frame(0, "last"u8.ToArray());
        using var transformer = ToClient();

        Assert.Equal(ping, transformer.Transform([.. start, .. ping]));
        Assert.Equal(start.Length, transformer.HeldBytes);
        Assert.Equal([.. start, .. end], transformer.Transform(end));
    }

    [Fact]
    public void Write_BlockedMessage_NothingOfItLeavesNorAfterIt()
    {
        var before = Frame(Text, "fine"u8.ToArray());
        using var transformer = ToClient();

        var output = transformer.Transform([.. before, .. Fragmented(Text, "this is blocked"u8.ToArray(), 3), .. before]);

        Assert.Equal(before, output);
        Assert.Equal(WebSocketFault.Blocked, transformer.Fault);
        Assert.Empty(transformer.Transform(before));
        Assert.Equal(CloseCodes.PolicyViolation, transformer.Fault.CloseCode());
    }

    [Fact]
    public void Write_BlockedInAPing_DoesNotLeave()
    {
        using var transformer = ToClient();

        Assert.Empty(transformer.Transform(Frame(Ping, "blocked"u8.ToArray())));
        Assert.Equal(WebSocketFault.Blocked, transformer.Fault);
    }

    [Fact]
    public void Write_BehindAClose_IsDropped()
    {
        var close = Frame(Close, [0x03, 0xE8], key: Key);
        using var transformer = ToUpstream();

        Assert.Equal(close, transformer.Transform([.. close, .. Frame(Text, "more"u8.ToArray(), key: Key)]));
        Assert.True(transformer.IsClosed);
        Assert.Empty(transformer.Transform("garbage"u8.ToArray()));
    }

    [Fact]
    public void Write_MessageOverTheLimit_EndsBeforeItIsHeld()
    {
        byte[] head = [0x82, 127, 0, 0, 0, 0, 0x7F, 0, 0, 0];
        using var transformer = ToClient();

        Assert.Empty(transformer.Transform(head));
        Assert.Equal((WebSocketFault.MessageTooLarge, 0), (transformer.Fault, transformer.HeldBytes));
        Assert.Equal(CloseCodes.TooBig, transformer.Fault.CloseCode());
    }

    [Fact]
    public void Write_EmptyFragmentsWithoutEnd_EndAtTheLimit()
    {
        using var transformer = new WebSocketTransformer(WebSocketDirection.ToClient, null, new TestInspector(), new WebSocketLimits(10_000, 1_100));
        byte[] frames = [.. Frame(Text, [], isFinal: false), .. Enumerable.Range(0, 10_000).SelectMany(_ => Frame(0, [], isFinal: false))];

        Assert.Empty(transformer.Transform(frames));
        Assert.Equal(WebSocketFault.MessageTooLarge, transformer.Fault);
    }

    [Theory]
    [InlineData("81 05 48656c6c6f", WebSocketFault.UnmaskedClientFrame)]
    [InlineData("91 80 00000000", WebSocketFault.ReservedBit)]
    [InlineData("a1 80 00000000", WebSocketFault.ReservedBit)]
    [InlineData("c1 80 00000000", WebSocketFault.ReservedBit)]
    [InlineData("83 80 00000000", WebSocketFault.ReservedOpcode)]
    [InlineData("87 80 00000000", WebSocketFault.ReservedOpcode)]
    [InlineData("8b 80 00000000", WebSocketFault.ReservedOpcode)]
    [InlineData("8f 80 00000000", WebSocketFault.ReservedOpcode)]
    [InlineData("89 fe", WebSocketFault.LongControlFrame)]
    [InlineData("89 ff", WebSocketFault.LongControlFrame)]
    [InlineData("09 80 00000000", WebSocketFault.FragmentedControlFrame)]
    [InlineData("80 80 00000000", WebSocketFault.MisplacedFrame)]
    [InlineData("01 80 00000000 81 80", WebSocketFault.MisplacedFrame)]
    [InlineData("01 80 00000000 82 80", WebSocketFault.MisplacedFrame)]
    [InlineData("81 fe 007d 00000000", WebSocketFault.MalformedLength)]
    [InlineData("81 fe 0000 00000000", WebSocketFault.MalformedLength)]
    [InlineData("81 ff 000000000000ffff 00000000", WebSocketFault.MalformedLength)]
    [InlineData("81 ff 8000000000000000 00000000", WebSocketFault.MalformedLength)]
    [InlineData("81 ff ffffffffffffffff 00000000", WebSocketFault.MalformedLength)]
    [InlineData("81 ff 7fffffffffffffff 00000000", WebSocketFault.MessageTooLarge)]
    [InlineData("81 82 00000000 c328", WebSocketFault.InvalidText)]
    [InlineData("81 83 00000000 eda080", WebSocketFault.InvalidText)]
    [InlineData("81 81 00000000 ff", WebSocketFault.InvalidText)]
    [InlineData("88 81 00000000 03", WebSocketFault.MalformedClose)]
    [InlineData("88 82 00000000 0000", WebSocketFault.MalformedClose)]
    [InlineData("88 82 00000000 03ed", WebSocketFault.MalformedClose)] // 1005
    [InlineData("88 82 00000000 03ee", WebSocketFault.MalformedClose)] // 1006
    [InlineData("88 82 00000000 03f7", WebSocketFault.MalformedClose)] // 1015
    [InlineData("88 82 00000000 1388", WebSocketFault.MalformedClose)] // 5000
    [InlineData("88 83 00000000 03e8ff", WebSocketFault.InvalidText)]
    public void Write_InvalidFrameOfTheClient_EndsAndPassesNothing(string hex, WebSocketFault fault)
    {
        var frames = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        using var whole = ToUpstream();
        using var cut = ToUpstream();

        Assert.Empty(whole.Transform(frames));
        Assert.Empty(cut.Transform(frames, Enumerable.Range(1, frames.Length - 1)));
        Assert.Equal((fault, fault), (whole.Fault, cut.Fault));
        Assert.Contains(fault.CloseCode(), (ushort[])[CloseCodes.ProtocolError, CloseCodes.InvalidPayload, CloseCodes.TooBig]);
    }

    [Fact]
    public void Write_MaskedFrameOfTheServer_Ends()
    {
        using var transformer = ToClient();

        Assert.Empty(transformer.Transform(Frame(Text, "x"u8.ToArray(), key: Key)));
        Assert.Equal(WebSocketFault.MaskedServerFrame, transformer.Fault);
    }

    [Fact]
    public void Write_TextThatIsNotUtf8InTwoFragments_Ends()
    {
        using var transformer = ToClient();

        Assert.Empty(transformer.Transform([.. Frame(Text, [0xC3], isFinal: false), .. Frame(0, [0x28])]));
        Assert.Equal(WebSocketFault.InvalidText, transformer.Fault);
    }

    [Fact]
    public void Write_CharacterOverTwoFragments_Passes()
    {
        byte[] frames = [.. Frame(Text, [0xC3], isFinal: false), .. Frame(0, [0xA9])];
        using var transformer = ToClient();

        Assert.Equal(frames, transformer.Transform(frames));
    }

    [Fact]
    public void Property_AnyCutting_GivesTheSame() => Rounds.Check(1_500, seed =>
    {
        var random = new Random(seed);
        var frames = RandomFrames(random, key: null, secrets: true);
        using var whole = ToClient();
        using var cut = ToClient();
        using var bytes = ToClient();
        var expected = whole.Transform(frames);
        return expected.AsSpan().SequenceEqual(cut.Transform(frames, RandomCuts(random, frames.Length)))
            && expected.AsSpan().SequenceEqual(bytes.Transform(frames, Enumerable.Range(1, frames.Length)));
    });

    [Fact]
    public void Property_NothingFound_IsIdentity() => Rounds.Check(1_500, seed =>
    {
        var random = new Random(seed);
        var frames = RandomFrames(random, (uint)random.Next(), secrets: false);
        using var transformer = ToUpstream();
        var output = transformer.Transform(frames, RandomCuts(random, frames.Length));

        // Control frames overtake the message that they stand in, so the same bytes may come in another order.
        return transformer.Fault is WebSocketFault.None && output.Length == frames.Length && output.Order().SequenceEqual(frames.Order());
    });

    /// <summary>Whatever arrives, nothing is thrown, and whoever reads what leaves finds only messages that were inspected.</summary>
    [Fact]
    public void Property_MutatedFrames_NeverThrowAndNeverPassAnUnreadMessage() => Rounds.Check(3_000, seed =>
    {
        var random = new Random(seed);
        var frames = RandomFrames(random, key: null, secrets: true);
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            frames[random.Next(frames.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 0xFF, _ => (byte)(1 << random.Next(8)) };
        }

        var inspector = new TestInspector();
        using var transformer = new WebSocketTransformer(WebSocketDirection.ToClient, null, inspector, Limits);
        var output = transformer.Transform(frames, RandomCuts(random, frames.Length));
        var (messages, _) = RealPeer.ReadAsync(isServer: false, null, output).GetAwaiter().GetResult();
        return messages.Count <= inspector.Passed.Count
            && messages.Zip(inspector.Passed).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    });

    private static WebSocketTransformer ToUpstream() => new(WebSocketDirection.ToUpstream, null, new TestInspector(), Limits);

    private static WebSocketTransformer ToClient() => new(WebSocketDirection.ToClient, null, new TestInspector(), Limits);

    private static byte[] RandomFrames(Random random, uint? key, bool secrets)
    {
        var frames = new List<byte>();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            key = key is null ? null : (uint)random.Next();
            switch (random.Next(5))
            {
                case 0:
                    frames.AddRange(Frame(random.Next(2) == 0 ? Ping : Pong, new byte[random.Next(126)], key: key));
                    break;
                case 1:
                    var start = Frame(Binary, new byte[random.Next(200)], isFinal: false, key: key);
                    frames.AddRange([.. start, .. Frame(Ping, [1, 2], key: key), .. Frame(0, new byte[random.Next(200)], key: key)]);
                    break;
                default:
                    var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => secrets && random.Next(6) == 0 ? "secret" : "words "));
                    frames.AddRange(Fragmented(random.Next(2) == 0 ? Text : Binary, Encoding.ASCII.GetBytes(text), random.Next(1, 5), key));
                    break;
            }
        }

        return [.. frames];
    }
}
