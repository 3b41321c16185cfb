using System.Buffers;
using System.Text;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

public sealed class ConnectRequestTests
{
    [Theory]
    [InlineData("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n", "api.example", 443)]
    [InlineData("CONNECT api.example:443 HTTP/1.0\r\n\r\n", "api.example", 443)] // Python: no Host at all
    [InlineData("CONNECT api.example:8443 HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\n\r\n", "api.example", 8443)] // undici: no port
    [InlineData("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", "2001:db8::1", 443)]
    [InlineData("CONNECT API.Example.:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "api.example", 443)]
    [InlineData("CONNECT 0x7f.1:443 HTTP/1.1\r\n\r\n", "127.0.0.1", 443)]
    public void TryParse_WhatClientsSend_IsRead(string head, string host, int port)
    {
        Assert.Equal(ConnectParse.Done, Parse(head, out var request));
        Assert.Equal((host, port, (string?)null, (long)head.Length), (request.Host, request.Port, request.Credentials, request.Length));
    }

    [Fact]
    public void TryParse_Credentials_AreReturned()
    {
        Assert.Equal(ConnectParse.Done, Parse("CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic YTpi\r\n\r\n", out var request));
        Assert.Equal("Basic YTpi", request.Credentials);
    }

    [Fact]
    public void TryParse_BytesBehindTheHead_BelongToTheTunnel()
    {
        const string head = "CONNECT a.example:443 HTTP/1.1\r\n\r\n";
        Assert.Equal(ConnectParse.Done, Parse(head + "\u0016\u0003\u0001", out var request));
        Assert.Equal(head.Length, request.Length);
    }

    [Theory]
    [InlineData("GET http://a.example/ HTTP/1.1\r\n\r\n")]
    [InlineData("connect a.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECTED")]
    [InlineData("X")]
    public void TryParse_AnotherMethod_IsLeftToTheServer(string head) => Assert.Equal(ConnectParse.NotConnect, Parse(head, out _));

    [Theory]
    [InlineData("CONNECT a.example HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example: HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:0 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:65536 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:443x HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:+443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT :443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT user@a.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT https://a.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:443/ HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT 2001:db8::1:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT [fe80::1%25eth0]:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/2.0\r\n\r\n")]
    [InlineData("CONNECT a.example:443\r\n\r\n")]
    [InlineData("CONNECT  a.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1 \r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nBad Name: x\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nName : x\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: x\r\n folded\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: x\u0000y\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\nHost: a\n\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic YTpi\r\nProxy-Authorization: Basic YTpj\r\n\r\n")]
    public void TryParse_Malformed_IsRefused(string head) => Assert.Equal(ConnectParse.Malformed, Parse(head, out _));

    [Fact]
    public void TryParse_EveryPrefixOfAHead_NeedsMore()
    {
        const string head = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
        for (var length = 1; length < head.Length; length++)
        {
            Assert.Equal(ConnectParse.NeedMore, Parse(head[..length], out _));
        }
    }

    [Fact]
    public void TryParse_HeadInSegmentsOfOneByte_IsRead()
    {
        var bytes = Encoding.Latin1.GetBytes("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
        Assert.Equal(ConnectParse.Done, ConnectRequest.TryParse(Segments.OfOneByte(bytes), out var request));
        Assert.Equal("a.example", request.Host);
    }

    [Fact]
    public void TryParse_RandomMutations_NeverThrow()
    {
        var random = new Random(20260101);
        var head = Encoding.Latin1.GetBytes("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nProxy-Authorization: Basic YTpi\r\n\r\n");
        for (var round = 0; round < Mutations.Rounds; round++)
        {
            var mutated = Mutations.Of(head, random);
            if (ConnectRequest.TryParse(new ReadOnlySequence<byte>(mutated), out var request) is ConnectParse.Done)
            {
                Assert.InRange(request.Port, 1, 65535);
                Assert.Equal(HostNameError.None, HostName.TryNormalise(request.Host, out var again));
                Assert.Equal(request.Host, again);
                Assert.InRange(request.Length, 1, mutated.Length);
            }
        }
    }

    private static ConnectParse Parse(string head, out ConnectRequest request) =>
        ConnectRequest.TryParse(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(head)), out request);
}
