using System.Text;
using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Tests.Inspection.Codecs;

public sealed class AwsChunkedTests
{
    private static readonly string Signature = new('a', 64);

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "hello world")]
    [InlineData("5;chunk-signature={0}\r\nhello\r\n0;chunk-signature={0}\r\nx-amz-trailer-signature:{0}\r\n\r\n", "hello")]
    [InlineData("00000A\r\n0123\r\n6789\r\n0\r\n\r\n", "0123\r\n6789")]
    [InlineData("", "")]
    public void Decode_Chunks_GiveTheirDataAtEveryReadSize(string coded, string plain)
    {
        for (var step = 1; step <= 20; step++)
        {
            Assert.Equal(plain, Decode(coded.Replace("{0}", Signature, StringComparison.Ordinal), step));
        }
    }

    [Theory]
    [InlineData("5\r\nhello\r\n")]
    [InlineData("5\r\nhel")]
    [InlineData("5\r\nhello\r\n0\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\r\nmore")]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;note=all of this would leave unread\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-note:all of this would leave unread\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:all of this\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    public void Decode_WhatIsNoSuchBody_Throws(string coded) => Assert.Throws<InvalidDataException>(() => Decode(coded, 7));

    [Fact]
    public void TryParse_OutsideOfUploads_IsUnknown()
    {
        Assert.False(ContentCodings.TryParse("aws-chunked", out _));
        Assert.True(ContentCodings.TryParse("aws-chunked, gzip", out var codings, isAwsUpload: true));
        Assert.Equal([ContentCoding.AwsChunked, ContentCoding.Gzip], codings);
        Assert.Equal("identity", ContentCodings.NarrowAcceptEncoding("aws-chunked"));
    }

    private static string Decode(string coded, int step)
    {
        using var decoder = ContentCodings.Decode(new MemoryStream(Encoding.ASCII.GetBytes(coded)), [ContentCoding.AwsChunked]);
        var plain = new MemoryStream();
        var buffer = new byte[step];
        while (decoder.Read(buffer) is var read and > 0)
        {
            plain.Write(buffer, 0, read);
        }

        return Encoding.ASCII.GetString(plain.ToArray());
    }
}
