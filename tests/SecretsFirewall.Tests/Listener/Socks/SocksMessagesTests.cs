using System.Buffers;
using System.Text;
using SecretsFirewall.Listener;
using SecretsFirewall.Listener.Socks;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener.Socks;

public sealed class SocksMessagesTests
{
    [Theory]
    [InlineData("050100", true, false)]
    [InlineData("050102", false, true)]
    [InlineData("05020002", true, true)]
    [InlineData("05030001 02", true, true)]
    [InlineData("0501ff", false, false)]
    public void Greeting_WhatClientsSend_IsRead(string hex, bool none, bool password)
    {
        var bytes = Bytes(hex);

        Assert.Equal(HandshakeParse.Done, SocksGreeting.TryParse(new(bytes), out var greeting));
        Assert.Equal((none, password, bytes.Length), (greeting.OffersNone, greeting.OffersPassword, greeting.Length));
    }

    [Theory]
    [InlineData("0401")]
    [InlineData("0500")]
    public void Greeting_OfAnotherVersionOrWithoutMethods_IsMalformed(string hex) =>
        Assert.Equal(HandshakeParse.Malformed, SocksGreeting.TryParse(new(Bytes(hex)), out _));

    [Fact]
    public void Credentials_NameAndPassword_AreRead()
    {
        Assert.Equal(HandshakeParse.Done, SocksCredentials.TryParse(new([1, 3, .. "ada"u8, 4, .. "p:@!"u8]), out var credentials));
        Assert.Equal(("ada", "p:@!", 10), (credentials.Name, credentials.Password, credentials.Length));
        Assert.DoesNotContain("p:@!", credentials.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_OfAnotherVersion_AreMalformed() =>
        Assert.Equal(HandshakeParse.Malformed, SocksCredentials.TryParse(new(Bytes("0501610162")), out _));

    [Theory]
    [InlineData("api.example", "api.example")]
    [InlineData("API.Example.", "api.example")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0x7f.1", "127.0.0.1")]
    [InlineData("2130706433", "127.0.0.1")]
    [InlineData("0177.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    public void Request_Name_IsNormalisedAsConnectsIs(string name, string host)
    {
        var message = Named(name, 443);

        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new(message), out var request));
        Assert.Equal((SocksReply.Succeeded, host, 443, message.Length), (request.Reply, request.Host, request.Port, request.Length));
    }

    [Theory]
    [InlineData("01 7f000001", "127.0.0.1")]
    [InlineData("01 0a000001", "10.0.0.1")]
    [InlineData("04 00000000000000000000000000000001", "::1")]
    [InlineData("04 00000000000000000000ffff7f000001", "127.0.0.1")] // v4-mapped
    [InlineData("04 20010db8000000000000000000000001", "2001:db8::1")]
    public void Request_Address_IsSpelledAsEverywhere(string typeAndAddress, string host)
    {
        var message = Bytes("050100" + typeAndAddress + "01bb");

        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new(message), out var request));
        Assert.Equal((SocksReply.Succeeded, host, 443, message.Length), (request.Reply, request.Host, request.Port, request.Length));
    }

    [Theory]
    [InlineData("user@api.example")]
    [InlineData("api.example/x")]
    [InlineData("api.example:443")]
    [InlineData("api.example\0.evil.example")]
    [InlineData("api.example\r\nHost: evil")]
    [InlineData("api example")]
    [InlineData("-a.example")]
    [InlineData("a..example")]
    [InlineData("1.2.3.4.5")]
    [InlineData("fe80::1%eth0")]
    [InlineData("b\u00fccher.example")]
    [InlineData("\uff4cocalhost")]
    [InlineData("127\u30020\u30020\u30021")]
    public void Request_NameThatIsNoHost_IsRefused(string name)
    {
        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new(Named(name, 443)), out var request));
        Assert.Equal((SocksReply.GeneralFailure, ""), (request.Reply, request.Host));
    }

    [Fact]
    public void Request_EmptyNameOrPortZero_IsRefused()
    {
        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new(Named("", 443)), out var empty));
        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new(Named("a.example", 0)), out var zero));
        Assert.Equal((SocksReply.GeneralFailure, SocksReply.GeneralFailure), (empty.Reply, zero.Reply));
    }

    [Theory]
    [InlineData(0, 1, SocksReply.CommandNotSupported)]
    [InlineData(2, 1, SocksReply.CommandNotSupported)] // BIND
    [InlineData(3, 1, SocksReply.CommandNotSupported)] // UDP ASSOCIATE
    [InlineData(1, 0, SocksReply.AddressTypeNotSupported)]
    [InlineData(1, 2, SocksReply.AddressTypeNotSupported)]
    [InlineData(1, 5, SocksReply.AddressTypeNotSupported)]
    public void Request_OtherCommandOrAddressType_IsRefused(byte command, byte type, object reply)
    {
        Assert.Equal(HandshakeParse.Done, SocksRequest.TryParse(new([5, command, 0, type, 127, 0, 0, 1, 0, 80]), out var request));
        Assert.Equal(reply, request.Reply);
    }

    [Theory]
    [InlineData("04010001")]
    [InlineData("05010101")]
    public void Request_OtherVersionOrReservedByte_IsMalformed(string hex) =>
        Assert.Equal(HandshakeParse.Malformed, SocksRequest.TryParse(new(Bytes(hex)), out _));

    [Fact]
    public void EveryPrefixOfAMessage_NeedsMore()
    {
        AssertPrefixesNeedMore<SocksGreeting>(Bytes("05020002"));
        AssertPrefixesNeedMore<SocksCredentials>([1, 3, .. "ada"u8, 4, .. "pass"u8]);
        AssertPrefixesNeedMore<SocksRequest>(Named("api.example", 443));
        AssertPrefixesNeedMore<SocksRequest>(Bytes("05010001 7f00000101bb"));
        AssertPrefixesNeedMore<SocksRequest>(Bytes("05010004 0000000000000000000000000000000101bb"));
    }

    [Fact]
    public void LongestMessages_AreReadWithinTheirBound()
    {
        Assert.Equal(HandshakeParse.Done, Parse<SocksGreeting>([5, 255, .. new byte[255]], out var greeting));
        Assert.Equal(HandshakeParse.Done, Parse<SocksCredentials>([1, 255, .. new byte[255], 255, .. new byte[255]], out var credentials));
        Assert.Equal(HandshakeParse.Done, Parse<SocksRequest>([5, 1, 0, 3, 255, .. new byte[257]], out var request));
        Assert.Equal((SocksGreeting.MaxLength, SocksCredentials.MaxLength, SocksRequest.MaxLength), (greeting.Length, credentials.Length, request.Length));
    }

    [Fact]
    public void Mutations_NeverThrowAndNeverTakeMoreThanThereIs()
    {
        var random = new Random(20260102);
        byte[][] requests = [Named("api.example", 443), Bytes("05010001 7f00000101bb"), Bytes("05010004 0000000000000000000000000000000101bb")];
        for (var round = 0; round < Mutations.Rounds; round++)
        {
            AssertSane<SocksGreeting>(Mutations.Of(Bytes("05020002"), random));
            AssertSane<SocksCredentials>(Mutations.Of([1, 3, .. "ada"u8, 4, .. "pass"u8], random));
            var request = AssertSane<SocksRequest>(Mutations.Of(requests[random.Next(requests.Length)], random));
            if (request is { Reply: SocksReply.Succeeded, Length: > 0 })
            {
                Assert.InRange(request.Port, 1, 65535);
                Assert.Equal(HostNameError.None, HostName.TryNormalise(request.Host, out var again));
                Assert.Equal(request.Host, again);
            }
        }
    }

    private static byte[] Named(string name, int port)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return [5, 1, 0, 3, (byte)bytes.Length, .. bytes, (byte)(port >> 8), (byte)port];
    }

    private static void AssertPrefixesNeedMore<T>(byte[] message)
        where T : struct, IHandshakeMessage<T>
    {
        for (var length = 0; length < message.Length; length++)
        {
            Assert.Equal(HandshakeParse.NeedMore, Parse<T>(message[..length], out _));
        }

        Assert.Equal(HandshakeParse.Done, Parse<T>([.. message, 0x16, 3, 1], out var whole));
        Assert.Equal(message.Length, whole.Length);
        Assert.Equal(HandshakeParse.Done, T.TryParse(Segments.OfOneByte([.. message, 0x16]), out var inPieces));
        Assert.Equal(whole, inPieces);
    }

    private static T AssertSane<T>(byte[] bytes)
        where T : struct, IHandshakeMessage<T>
    {
        if (Parse<T>(bytes, out var message) is HandshakeParse.Done)
        {
            Assert.InRange(message.Length, 1, Math.Min(bytes.Length, T.MaxLength));
        }

        return message;
    }

    private static HandshakeParse Parse<T>(byte[] bytes, out T message)
        where T : struct, IHandshakeMessage<T> => T.TryParse(new ReadOnlySequence<byte>(bytes), out message);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
