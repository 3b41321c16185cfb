using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using SecretsFirewall.Inspection.WebSockets;
using static SecretsFirewall.Tests.Inspection.WebSockets.TestFrames;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>permessage-deflate against the library's own implementation, as the one that writes and as the one that reads.</summary>
public sealed class DeflateTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Write_NothingFound_LeavesByteForByte(bool isServer, bool keepsContext)
    {
        var frames = await RealPeer.WriteAsync(isServer, Options(keepsContext), Messages(40, _ => "nothing here"));
        var inspector = new TestInspector();
        using var transformer = Create(isServer, keepsContext, inspector);

        Assert.Equal(frames, transformer.Transform(frames));
        Assert.Equal(40, inspector.Seen.Count);
        Assert.All(inspector.Seen, (message, i) => Assert.Equal(Joined(MessageOf(i, "nothing here")), message));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Write_SecretInSome_ARealInflaterReadsTheMaskedMessages(bool isServer, bool keepsContext)
    {
        var frames = await RealPeer.WriteAsync(isServer, Options(keepsContext), Messages(40, i => i % 7 == 5 ? "a secret" : "nothing"));
        var inspector = new TestInspector();
        using var transformer = Create(isServer, keepsContext, inspector);

        var output = transformer.Transform(frames);
        var (messages, isClosed) = await RealPeer.ReadAsync(!isServer, Options(keepsContext), output);

        Assert.True(isClosed);
        Assert.Equal(inspector.Seen.Select(message => TestInspector.Masked(message)), messages);
        Assert.Contains(messages, message => message.AsSpan().IndexOf("SECRET_REF(name)"u8) >= 0);

        // Until the first change nothing is touched; by themselves, messages behind it are not either.
        var same = 0;
        while (output[same] == frames[same])
        {
            same++;
        }

        var untouched = await RealPeer.ReadAsync(!isServer, Options(keepsContext), frames[..same]);
        Assert.Equal(5, untouched.Messages.Count);
        var tail = 0;
        while (output[^(tail + 1)] == frames[^(tail + 1)])
        {
            tail++;
        }

        Assert.Equal(keepsContext, tail < 200);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_SomeTakenOutAndOthersPutIn_ARealInflaterReadsThemAll(bool keepsContext)
    {
        var frames = await RealPeer.WriteAsync(isServer: true, Options(keepsContext), Messages(40, i => i % 5 == 3 ? "withheld" : "nothing"));
        var inspector = new TestInspector();
        using var transformer = Create(isServer: true, keepsContext, inspector);

        var (messages, isClosed) = await RealPeer.ReadAsync(isServer: false, Options(keepsContext), transformer.Transform(frames));

        Assert.True(isClosed);
        Assert.Equal(inspector.Passed, messages);
        Assert.Equal(8, messages.Count(static message => message.AsSpan().SequenceEqual("ours"u8)));
        Assert.Equal(0, transformer.HeldBytes);
    }

    [Fact]
    public async Task Write_SmallWindowAgreed_ChangedMessagesAreNotCompressed()
    {
        var frames = await RealPeer.WriteAsync(isServer: true, new WebSocketDeflateOptions { ServerMaxWindowBits = 9 }, Messages(20, i => i == 3 ? "a secret" : "nothing"));
        var inspector = new TestInspector();
        using var transformer = new WebSocketTransformer(WebSocketDirection.ToClient, new PerMessageDeflate { ServerWindowBits = 9 }, inspector, Limits);

        var output = transformer.Transform(frames);
        var (messages, isClosed) = await RealPeer.ReadAsync(isServer: false, new WebSocketDeflateOptions { ServerMaxWindowBits = 9 }, output);

        Assert.True(isClosed);
        Assert.Equal(inspector.Seen.Select(message => TestInspector.Masked(message)), messages);
    }

    [Fact]
    public void Write_PlainMessageBetweenCodedOnes_LeavesByteForByteAlsoAfterAChange()
    {
        using var transformer = Create(isServer: true, keepsContext: true, new TestInspector());
        var coded = Coded("a secret"u8.ToArray());
        var plain = Frame(1, "plain"u8.ToArray());

        var output = transformer.Transform([.. Frame(2, coded, isCompressed: true), .. plain]);

        Assert.Equal(plain, output[^plain.Length..]);
    }

    [Fact]
    public void Write_Bomb_EndsWithFlatMemory()
    {
        var bomb = Coded(new byte[64 * 1024 * 1024]);
        var limits = new WebSocketLimits(16 * 1024 * 1024, 1_100);
        using var transformer = new WebSocketTransformer(WebSocketDirection.ToClient, new PerMessageDeflate(), new TestInspector(), limits);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Empty(transformer.Transform(Frame(2, bomb, isCompressed: true)));

        Assert.Equal(WebSocketFault.MessageTooLarge, transformer.Fault);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 80 * 1024 * 1024);
    }

    [Fact]
    public void Write_RatioBeyondTheLimit_IsABomb()
    {
        var limits = new WebSocketLimits(16 * 1024 * 1024, 20);
        using var transformer = new WebSocketTransformer(WebSocketDirection.ToClient, new PerMessageDeflate(), new TestInspector(), limits);

        Assert.Empty(transformer.Transform(Frame(2, Coded(new byte[4 * 1024 * 1024]), isCompressed: true)));
        Assert.Equal(WebSocketFault.Bomb, transformer.Fault);
    }

    [Theory]
    [InlineData("07")] // a block of a reserved kind
    [InlineData("010500")] // a stored block that breaks off
    [InlineData("0105000000")] // its length and the complement differ
    [InlineData("0300aa")] // something behind a final block that is no block
    [InlineData("edbd")] // a code that breaks off
    [InlineData("4b05")] // a copy from before the beginning
    [InlineData("")] // with what every sender takes off, half a block: some readers wait for the rest, and take the next message's bytes as they stand
    public void Write_WhatDoesNotDecode_Ends(string hex)
    {
        using var transformer = Create(isServer: true, keepsContext: true, new TestInspector());

        Assert.Empty(transformer.Transform(Frame(2, Convert.FromHexString(hex), isCompressed: true)));
        Assert.Equal(WebSocketFault.Undecodable, transformer.Fault);
    }

    /// <summary>RFC 7692 section 7.2.3.4; a reader that stops at the final block would not see what follows it.</summary>
    [Fact]
    public void Write_FinalBlockAndMore_AllOfItIsInspected()
    {
        var inspector = new TestInspector();
        using var transformer = Create(isServer: true, keepsContext: true, inspector);
        var final = new byte[] { 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00 }; // "Hello", in a final block

        transformer.Transform(Frame(2, [.. final, 0x00], isCompressed: true));
        transformer.Transform(Frame(2, [.. final, .. Coded(" and a secret"u8.ToArray())], isCompressed: true));

        Assert.Equal(["Hello", "Hello and a secret"], inspector.Seen.Select(Encoding.ASCII.GetString));
    }

    /// <summary>The examples of RFC 7692 section 7.2.3.</summary>
    [Theory]
    [InlineData("f248cdc9c90700")]
    [InlineData("000500faff48656c6c6f00")]
    [InlineData("f248050000 00ffffcac9c90700")]
    public void Inflate_TheRfcsExamples_AreHello(string hex)
    {
        using var inflater = new MessageInflater(keepsContext: true);

        Assert.Equal(WebSocketFault.None, inflater.Inflate([.. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), .. MessageInflater.Tail], 100));
        Assert.Equal("Hello"u8, inflater.Message);
        Assert.Equal(WebSocketFault.None, inflater.Inflate([0xf2, 0x00, 0x11, 0x00, 0x00, .. MessageInflater.Tail], 100));
        Assert.Equal("Hello"u8, inflater.Message);
    }

    [Fact]
    public void Property_Inflate_AnyDataAtAnyLevel_GivesItBack() => Rounds.Check(400, seed =>
    {
        var random = new Random(seed);
        using var inflater = new MessageInflater(keepsContext: true);
        using var coder = new Coder(random.Next(3) switch { 0 => CompressionLevel.Fastest, 1 => CompressionLevel.SmallestSize, _ => CompressionLevel.NoCompression });
        for (var i = 0; i < 5; i++)
        {
            var data = RandomData(random);
            if (inflater.Inflate([.. coder.Next(data), .. MessageInflater.Tail], data.Length) is not WebSocketFault.None || !inflater.Message.SequenceEqual(data))
            {
                return false;
            }
        }

        return true;
    });

    /// <summary>zlib is the judge: of what both read, we read the same, and what we read it reads too.</summary>
    [Fact]
    public void Property_Inflate_MutatedData_NeverThrowsAndNeverDiffersFromZlib() => Rounds.Check(3_000, seed =>
    {
        var random = new Random(seed);
        using var coder = new Coder(random.Next(2) == 0 ? CompressionLevel.Fastest : CompressionLevel.SmallestSize);
        byte[] coded = [.. coder.Next(RandomData(random, 2_000)), .. MessageInflater.Tail];
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            coded[random.Next(coded.Length)] = (byte)random.Next(256);
        }

        using var inflater = new MessageInflater(keepsContext: true);
        return inflater.Inflate(coded, 1024 * 1024) is not WebSocketFault.None || inflater.Message.StartsWith(Zlib(coded, inflater.Message.Length));
    });

    [Fact]
    public void Property_MutatedFrames_NeverThrowAndNeverPassAnUnreadMessage() => Rounds.Check(300, seed =>
    {
        var random = new Random(seed);
        var keepsContext = random.Next(2) == 0;
        var frames = RealPeer.WriteAsync(isServer: true, Options(keepsContext), Messages(6, i => i == random.Next(6) ? "a secret" : "nothing")).GetAwaiter().GetResult();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            frames[random.Next(frames.Length)] = (byte)random.Next(256);
        }

        var inspector = new TestInspector();
        using var transformer = Create(isServer: true, keepsContext, inspector);
        var output = transformer.Transform(frames, RandomCuts(random, frames.Length));
        var (messages, _) = RealPeer.ReadAsync(isServer: false, Options(keepsContext), output).GetAwaiter().GetResult();
        return messages.Count <= inspector.Passed.Count && messages.Zip(inspector.Passed).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    });

    private static WebSocketDeflateOptions Options(bool keepsContext) => new() { ServerContextTakeover = keepsContext, ClientContextTakeover = keepsContext };

    private static WebSocketTransformer Create(bool isServer, bool keepsContext, TestInspector inspector) => new(
        isServer ? WebSocketDirection.ToClient : WebSocketDirection.ToUpstream,
        new PerMessageDeflate { ServerForgets = !keepsContext, ClientForgets = !keepsContext },
        inspector,
        Limits);

    private static IEnumerable<byte[][]> Messages(int count, Func<int, string> word) => Enumerable.Range(0, count).Select(i => MessageOf(i, word(i)));

    /// <summary>Messages repeat each other, so that context counts; some come in pieces.</summary>
    private static byte[][] MessageOf(int number, string word)
    {
        var text = Encoding.ASCII.GetBytes($"message {number}: there is {word} in it, " + string.Concat(Enumerable.Range(0, number * 3).Select(i => $"item {i % 10} ")));
        return number % 3 == 2 ? [text[..(text.Length / 2)], text[(text.Length / 2)..]] : [text];
    }

    private static byte[] Joined(byte[][] pieces) => [.. pieces.SelectMany(piece => piece)];

    private static byte[] Coded(byte[] data)
    {
        using var coder = new Coder(CompressionLevel.Optimal);
        return coder.Next(data);
    }

    private static byte[] Zlib(byte[] coded, int most)
    {
        using var decoder = new DeflateStream(new MemoryStream(coded), CompressionMode.Decompress);
        var decoded = new byte[most + 1];
        try
        {
            return decoded[..decoder.ReadAtLeast(decoded, decoded.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return []; // nobody reads it
        }
    }

    private static byte[] RandomData(Random random, int most = 40_000)
    {
        var data = new byte[random.Next(1, most)];
        random.NextBytes(data);
        for (var i = 0; i < data.Length && random.Next(4) > 0; i++)
        {
            data[i] = (byte)(data[i] % (1 + random.Next(5)) + 'a');
        }

        if (data.Length > 100 && random.Next(2) == 0)
        {
            data.AsSpan(0, data.Length / 3).CopyTo(data.AsSpan(data.Length / 2));
        }

        return data;
    }

    private sealed class Coder : IDisposable
    {
        private readonly MemoryStream _target = new();
        private readonly DeflateStream _stream;

        public Coder(CompressionLevel level) => _stream = new DeflateStream(_target, level);

        public byte[] Next(byte[] data)
        {
            _target.SetLength(0);
            _stream.Write(data);
            _stream.Flush();
            return _target.ToArray()[..^4];
        }

        public void Dispose() => _stream.Dispose();
    }
}
