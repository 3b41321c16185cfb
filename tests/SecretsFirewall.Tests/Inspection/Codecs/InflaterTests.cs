using System.IO.Compression;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Inspection.Codecs;

/// <summary>Against the platform's own: whatever it writes comes out, and ends where it ends; what it refuses is refused.</summary>
public sealed class InflaterTests
{
    public static TheoryData<string, CompressionLevel, int> Texts()
    {
        var all = new TheoryData<string, CompressionLevel, int>();
        foreach (var kind in new[] { "empty", "words", "noise", "zeros", "mixed" })
        {
            foreach (var level in new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.SmallestSize })
            {
                foreach (var piece in new[] { 1, 7, 1000, int.MaxValue })
                {
                    all.Add(kind, level, piece);
                }
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Inflate_WhatThePlatformWrote_ComesOutAndEndsWhereItEnds(string kind, CompressionLevel level, int piece)
    {
        var plain = Plain(kind, 150_000);
        foreach (var isZlib in new[] { true, false })
        {
            var coded = Deflate(plain, level, isZlib);
            byte[] behind = [0x78, 0x9C, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

            var (status, text, used) = Inflate([.. coded, .. behind], piece, isZlib);

            Assert.Equal(InflateStatus.Done, status);
            Assert.Equal(coded.Length, used);
            Assert.True(plain.AsSpan().SequenceEqual(text));
        }
    }

    [Fact]
    public void Inflate_OneObjectAfterTheOther_NeedsNoNewInflater()
    {
        using var inflater = new Inflater();
        foreach (var kind in new[] { "words", "noise", "zeros", "words" })
        {
            var plain = Plain(kind, 40_000);
            inflater.Reset(isZlib: true);
            ReadOnlySpan<byte> input = Deflate(plain, CompressionLevel.Optimal, isZlib: true);
            Assert.Equal(InflateStatus.Done, inflater.Inflate(ref input));
            Assert.True(plain.AsSpan().SequenceEqual(inflater.Fresh));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x78, 0x9D, 3, 0 })] // header is no multiple of 31
    [InlineData(new byte[] { 0x78, 0xBB, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1 })] // wants a dictionary
    [InlineData(new byte[] { 0x78, 0x9C, 7, 0 })] // block type 3
    [InlineData(new byte[] { 0x78, 0x9C, 1, 5, 0, 5, 0 })] // stored length without its complement
    [InlineData(new byte[] { 0x78, 0x9C, 0x63, 0x00, 0x42, 0, 0, 1, 0 })] // distance before the beginning, or a wrong checksum
    [InlineData(new byte[] { 0x78, 0x9C, 3, 0, 0, 0, 0, 2 })] // wrong checksum of nothing
    public void Inflate_NotZlib_IsInvalid(byte[] coded) => Assert.Equal(InflateStatus.Invalid, Inflate(coded, int.MaxValue, isZlib: true).Status);

    [Fact]
    public void Inflate_Truncated_NeverEnds()
    {
        var coded = Deflate(Plain("words", 2000), CompressionLevel.Optimal, isZlib: true);
        for (var length = 0; length < coded.Length; length++)
        {
            Assert.Equal(InflateStatus.NeedInput, Inflate(coded[..length], 5, isZlib: true).Status);
        }
    }

    [Fact]
    public void Inflate_DamagedData_GivesWhatThePlatformGivesOrNothing()
    {
        var random = new Random(7);
        var bases = new[] { "words", "noise", "zeros", "mixed" }
            .SelectMany(kind => new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.SmallestSize }.Select(level => Deflate(Plain(kind, 600), level, isZlib: false)))
            .ToList();
        var ended = 0;
        for (var round = 0; round < FuzzRounds.Or(30_000); round++)
        {
            var coded = (byte[])bases[round % bases.Count].Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                coded[random.Next(Math.Min(coded.Length, 200))] ^= (byte)(1 << random.Next(8));
            }

            var (status, text, _) = Inflate(coded, random.Next(1, 50), isZlib: false);
            if (status is InflateStatus.Done)
            {
                ended++;
                Assert.Equal(Platform(coded), text);
            }
        }

        Assert.InRange(ended, 1000, 30_000); // bare deflate has no checksum: much damage decodes
    }

    private static (InflateStatus Status, byte[] Text, int Used) Inflate(byte[] coded, int piece, bool isZlib)
    {
        using var inflater = new Inflater();
        inflater.Reset(isZlib);
        var text = new MemoryStream();
        var at = 0;
        while (true)
        {
            var all = coded.AsSpan(at, Math.Min(piece, coded.Length - at));
            ReadOnlySpan<byte> input = all;
            var status = inflater.Inflate(ref input);
            at += all.Length - input.Length;
            text.Write(inflater.Fresh);
            inflater.Take();
            if (status is InflateStatus.Done or InflateStatus.Invalid || (status is InflateStatus.NeedInput && at == coded.Length))
            {
                Assert.Equal(text.Length, inflater.Total);
                return (status, text.ToArray(), at);
            }
        }
    }

    private static byte[] Deflate(byte[] plain, CompressionLevel level, bool isZlib)
    {
        var target = new MemoryStream();
        using (Stream coder = isZlib ? new ZLibStream(target, level, leaveOpen: true) : new DeflateStream(target, level, leaveOpen: true))
        {
            coder.Write(plain);
        }

        // The platform writes nothing at all for nothing.
        return target.Length > 0 ? target.ToArray() : isZlib ? [0x78, 0x9C, 3, 0, 0, 0, 0, 1] : [3, 0];
    }

    private static byte[] Platform(byte[] coded)
    {
        var text = new MemoryStream();
        using var decoder = new DeflateStream(new MemoryStream(coded), CompressionMode.Decompress);
        decoder.CopyTo(text);
        return text.ToArray();
    }

    private static byte[] Plain(string kind, int length)
    {
        var random = new Random(3);
        var bytes = new byte[kind == "empty" ? 0 : length];
        switch (kind)
        {
            case "words":
                var words = Enumerable.Range(0, 200).Select(_ => Samples.Token(random, random.Next(2, 9))).ToArray();
                var text = Samples.Bytes(string.Join(' ', Enumerable.Range(0, length).Select(_ => words[random.Next(words.Length)])));
                text.AsSpan(0, length).CopyTo(bytes);
                break;
            case "noise":
                random.NextBytes(bytes);
                break;
            case "mixed":
                for (var at = 0; at < bytes.Length; at += 5000)
                {
                    var part = bytes.AsSpan(at, Math.Min(5000, bytes.Length - at));
                    if (at % 10_000 == 0)
                    {
                        random.NextBytes(part);
                    }
                    else
                    {
                        part.Fill((byte)at);
                    }
                }

                break;
        }

        return bytes;
    }
}
