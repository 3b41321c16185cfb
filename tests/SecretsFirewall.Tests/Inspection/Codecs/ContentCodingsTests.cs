using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Tests.Inspection.Codecs;

public sealed class ContentCodingsTests
{
    public static TheoryData<ContentCoding> Codings => [ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Brotli];

    [Theory]
    [InlineData("gzip", new[] { ContentCoding.Gzip })]
    [InlineData("X-GZip", new[] { ContentCoding.Gzip })]
    [InlineData("deflate, br", new[] { ContentCoding.Deflate, ContentCoding.Brotli })]
    [InlineData(" identity ,, gzip\t", new[] { ContentCoding.Gzip })]
    [InlineData("", new ContentCoding[0])]
    [InlineData(null, new ContentCoding[0])]
    public void TryParse_KnownCodings_AreReadInOrder(string? field, ContentCoding[] expected)
    {
        Assert.True(ContentCodings.TryParse(field, out var codings));
        Assert.Equal(expected, codings);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, zstd")]
    [InlineData("gzip;q=1")]
    [InlineData("gzip gzip")]
    [InlineData("aes128gcm-and-more")]
    [InlineData("gzip, br, gzip, br")]
    public void TryParse_UnknownOrTooManyCodings_Refuses(string field) => Assert.False(ContentCodings.TryParse(field, out _));

    [Theory]
    [InlineData("gzip, deflate, br, zstd", "gzip, deflate, br")]
    [InlineData("br;q=1.0, zstd;q=0.9, gzip;q=0.5, *;q=0.1", "br;q=1.0, gzip;q=0.5")]
    [InlineData("zstd", "identity")]
    [InlineData("*", "identity")]
    [InlineData("", "identity")]
    [InlineData(null, "identity")]
    [InlineData("identity;q=0, gzip", "identity;q=0, gzip")]
    public void NarrowAcceptEncoding_KeepsOnlyWhatWeRead(string? field, string expected) =>
        Assert.Equal(expected, ContentCodings.NarrowAcceptEncoding(field));

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Decode_WhatWasEncoded_IsTheSame_BySyncAndAsyncReadsOfEverySize(ContentCoding coding)
    {
        foreach (var plain in Bodies())
        {
            var coded = Encode(plain, coding);
            Assert.Equal(plain, Decode(coded, coding));
            Assert.Equal(plain, await DecodeAsync(coded, coding));
        }
    }

    [Fact]
    public void Decode_StackedCodings_UndoesThemFromTheLast()
    {
        var plain = Encoding.UTF8.GetBytes("stacked");
        ContentCoding[] codings = [ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Brotli];

        var coded = Encode(plain, codings);

        Assert.Equal(plain, Decode(coded, codings));
        Assert.Equal(plain, Decode(Decode(Decode(coded, ContentCoding.Brotli), ContentCoding.Deflate), ContentCoding.Gzip));
    }

    [Fact]
    public void Decode_RawDeflate_IsRead()
    {
        var plain = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("raw deflate ", 500)));
        var coded = new MemoryStream();
        using (var raw = new DeflateStream(coded, CompressionLevel.Optimal, leaveOpen: true))
        {
            raw.Write(plain);
        }

        Assert.Equal(plain, Decode(coded.ToArray(), ContentCoding.Deflate));
    }

    [Fact]
    public void Decode_ConcatenatedGzipMembers_ReadsAll()
    {
        byte[] coded = [.. Encode("one "u8.ToArray(), ContentCoding.Gzip), .. Encode("two "u8.ToArray(), ContentCoding.Gzip), .. Encode("three"u8.ToArray(), ContentCoding.Gzip)];

        for (var read = 1; read <= coded.Length; read++)
        {
            Assert.Equal("one two three", Encoding.ASCII.GetString(Decode(coded, read, ContentCoding.Gzip)));
        }
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decode_EmptyBody_IsEmpty(ContentCoding coding) => Assert.Empty(Decode([], coding));

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Decode_DataCutAnywhere_Refuses(ContentCoding coding)
    {
        var coded = Encode(Encoding.UTF8.GetBytes("A body that is long enough to have all parts, all parts, all parts."), coding);
        for (var length = 1; length < coded.Length; length++)
        {
            var cut = coded[..length];
            foreach (var read in new[] { 1, 3, 8192 })
            {
                Assert.Throws<InvalidDataException>(() => Decode(cut, read, coding));
            }

            await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(cut, coding));
        }
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Decode_AnythingBehindTheEnd_Refuses(ContentCoding coding)
    {
        var coded = Encode(Encoding.UTF8.GetBytes("A body."), coding);
        foreach (var garbage in new byte[][] { [0], [0x1F], [0x1F, 0x8B], [0xFF], [0x78, 0x9C], RandomNumberGenerator.GetBytes(20_000) })
        {
            byte[] longer = [.. coded, .. garbage];
            foreach (var read in new[] { 1, 2, coded.Length, coded.Length + 1, 8192 })
            {
                Assert.Throws<InvalidDataException>(() => Decode(longer, read, coding));
            }

            await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(longer, coding));
        }
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    public void Decode_WrongChecksum_Refuses(ContentCoding coding)
    {
        var coded = Encode(Encoding.UTF8.GetBytes("A body with a checksum."), coding);
        coded[coding == ContentCoding.Gzip ? ^8 : ^1] ^= 1;

        Assert.Throws<InvalidDataException>(() => Decode(coded, coding));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decode_NoCodedDataAtAll_Refuses(ContentCoding coding) =>
        Assert.Throws<InvalidDataException>(() => Decode("{\"this\":\"is plain JSON\"}"u8.ToArray(), coding));

    [Theory]
    [MemberData(nameof(Codings))]
    public void Flush_Encoder_MakesAllThatWasWrittenDecodableAtOnce(ContentCoding coding)
    {
        var wire = new Wire();
        using var decoder = ContentCodings.Decode(wire, [coding]);
        using var encoder = ContentCodings.Encode(wire, [coding]);
        var buffer = new byte[64];
        for (var i = 0; i < 20; i++)
        {
            var sent = Encoding.ASCII.GetBytes($"data: event {i}\n\n");
            encoder.Write(sent);
            encoder.Flush();

            var got = 0;
            while (got < sent.Length)
            {
                got += decoder.Read(buffer, got, sent.Length - got);
            }

            Assert.Equal(sent, buffer[..got]);
        }
    }

    [Fact]
    public void Encode_Disposed_LeavesTheTargetOpen()
    {
        var target = new MemoryStream();
        ContentCodings.Encode(target, [ContentCoding.Gzip, ContentCoding.Brotli]).Dispose();
        ContentCodings.Encode(target, []).Dispose();

        Assert.True(target.CanWrite);
    }

    [Fact]
    public void Encode_Identity_WritesWhatItGets()
    {
        Assert.Equal("plain"u8.ToArray(), Encode("plain"u8.ToArray()));
        Assert.Equal("plain"u8.ToArray(), Decode("plain"u8.ToArray()));
    }

    private static IEnumerable<byte[]> Bodies()
    {
        yield return [];
        yield return [0];
        yield return Encoding.UTF8.GetBytes("{\"messages\":[]}");
        yield return RandomNumberGenerator.GetBytes(100_003);
        yield return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("again and again, ", 20_000)));
    }

    private static byte[] Encode(byte[] plain, params ContentCoding[] codings)
    {
        var target = new MemoryStream();
        using (var encoder = ContentCodings.Encode(target, codings))
        {
            encoder.Write(plain);
        }

        return target.ToArray();
    }

    private static byte[] Decode(byte[] coded, params ContentCoding[] codings) => Decode(coded, 8192, codings);

    private static byte[] Decode(byte[] coded, int readLength, params ContentCoding[] codings)
    {
        var plain = new MemoryStream();
        using var decoder = ContentCodings.Decode(new ShortReadsStream(coded, readLength), codings);
        decoder.CopyTo(plain);
        return plain.ToArray();
    }

    private static async Task<byte[]> DecodeAsync(byte[] coded, params ContentCoding[] codings)
    {
        var plain = new MemoryStream();
        await using var decoder = ContentCodings.Decode(new ShortReadsStream(coded, 7), codings);
        await decoder.CopyToAsync(plain);
        return plain.ToArray();
    }
}
