using System.Security.Authentication;
using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class ClientHelloTests
{
    [Fact]
    public void TryParse_OfARealClient_SaysItsNameAndVersions()
    {
        var bytes = ClientHellos.Real("api.example.com");

        Assert.Equal(ClientHelloParse.Done, Parse(bytes, out var hello));
        Assert.Equal("api.example.com", hello.ServerName);
        Assert.True(hello.OffersTls12);
        Assert.True(hello.Names("api.example.com"));
        Assert.False(hello.Names("other.example.com"));
    }

    [Fact]
    public void TryParse_OfARealClientWithoutName_HasNone()
    {
        Assert.Equal(ClientHelloParse.Done, Parse(ClientHellos.Real("127.0.0.1", SslProtocols.Tls12), out var hello));
        Assert.Null(hello.ServerName);
        Assert.True(hello.Names("127.0.0.1"));
        Assert.False(hello.Names("api.example.com"));
    }

    [Fact]
    public void TryParse_EveryPrefix_NeedsMore()
    {
        var bytes = ClientHellos.Real("api.example.com");
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ClientHelloParse.NeedMore, Parse(bytes[..length], out _));
        }
    }

    [Fact]
    public void TryParse_MessageOverSeveralRecordsAndSegments_IsReadAsOne()
    {
        var message = ClientHellos.For("api.example.com")[5..];
        byte[] bytes = [.. message.Chunk(11).SelectMany(part => ClientHellos.Record(part))];

        Assert.Equal(ClientHelloParse.Done, ClientHello.TryParse(Segments.OfOneByte(bytes), out var hello));
        Assert.Equal("api.example.com", hello.ServerName);
    }

    [Fact]
    public void TryParse_BytesBehindIt_AreNotLookedAt()
    {
        Assert.Equal(ClientHelloParse.Done, Parse([.. ClientHellos.For("api.example.com"), 23, 3, 3, 0, 1, 0xff], out var hello));
        Assert.Equal("api.example.com", hello.ServerName);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("SSH-2.0-x")]
    [InlineData("\u0005\u0001\u0000")]
    [InlineData("\u0016\u0002\u0000")]
    [InlineData("\u0015\u0003\u0001")]
    public void TryParse_NoTls_IsSaid(string text) => Assert.Equal(ClientHelloParse.NotTls, Parse(System.Text.Encoding.Latin1.GetBytes(text), out _));

    [Theory]
    [InlineData("16 0301 0000")] // an empty record
    [InlineData("16 0301 4001 01000000")] // a record that is too long
    [InlineData("16 0301 0004 02000000")] // a ServerHello
    [InlineData("16 0301 0004 01004001")] // too large
    [InlineData("16 0301 0005 0100000000")] // something behind it
    [InlineData("16 0301 0001 01 17 0301 0001 00")] // another record in its midst
    [InlineData("16 0301 0001 01 16 0201 0001 00")] // a record of another protocol in its midst
    public void TryParse_FramingThatNobodySends_IsMalformed(string hex) => Assert.Equal(ClientHelloParse.Malformed, Parse(Bytes(hex), out _));

    [Fact]
    public void TryParse_MessageInCountlessRecords_IsMalformed()
    {
        byte[] bytes = [.. ClientHellos.For("api.example.com")[5..].SelectMany(b => ClientHellos.Record([b]))];

        Assert.Equal(ClientHelloParse.Malformed, Parse(bytes, out _));
    }

    [Fact]
    public void TryParse_TwoNames_IsMalformed()
    {
        byte[] twice = [.. ClientHellos.ServerName("a.example"), .. ClientHellos.ServerName("b.example")];
        var inOneList = ClientHellos.Extension(0, ClientHellos.List(2, [0, .. ClientHellos.List(2, "a.example"u8.ToArray()), 0, .. ClientHellos.List(2, "b.example"u8.ToArray())]));

        Assert.Equal(ClientHelloParse.Malformed, Parse(ClientHellos.Record(ClientHellos.Message(twice)), out _));
        Assert.Equal(ClientHelloParse.Malformed, Parse(ClientHellos.Record(ClientHellos.Message(inOneList)), out _));
    }

    [Theory]
    [InlineData("0000")] // an empty list
    [InlineData("0003 00 0000")] // an empty name
    [InlineData("0004 01 0001 61")] // a type that was never defined
    [InlineData("0005 00 0001 61 00")]
    [InlineData("0004 00 0001 61 00")]
    [InlineData("0009 00 0001 61")]
    public void TryParse_MalformedServerName_IsMalformed(string hex) =>
        Assert.Equal(ClientHelloParse.Malformed, Parse(ClientHellos.Record(ClientHellos.Message(ClientHellos.Extension(0, Bytes(hex)))), out _));

    [Theory]
    [InlineData("API.Example.COM", true)]
    [InlineData("api.example.com.", true)]
    [InlineData("api.example.com\0.evil.example", false)]
    [InlineData("\u00e4pi.example.com", false)]
    [InlineData("evil.example", false)]
    public void Names_OtherSpellings_AreComparedAsHosts(string name, bool expected)
    {
        Assert.Equal(ClientHelloParse.Done, Parse(ClientHellos.For(name), out var hello));
        Assert.Equal(expected, hello.Names("api.example.com"));
    }

    [Theory]
    [InlineData(0x0303, null, true)]
    [InlineData(0x0302, null, false)]
    [InlineData(0x0301, null, false)]
    [InlineData(0x0303, "02 0304", true)]
    [InlineData(0x0303, "06 3a3a 0304 0303", true)] // with GREASE
    [InlineData(0x0303, "04 0302 0301", false)] // the list counts, not the old field
    [InlineData(0x0303, "02 3a3a", false)]
    public void OffersTls12_GoesByTheListOfVersionsWhereThereIsOne(int version, string? versions, bool expected)
    {
        var message = ClientHellos.Message(versions is null ? null : ClientHellos.Extension(43, Bytes(versions)), version);

        Assert.Equal(ClientHelloParse.Done, Parse(ClientHellos.Record(message), out var hello));
        Assert.Equal(expected, hello.OffersTls12);
    }

    [Fact]
    public void HasEncryptedHello_OnlyWhereTheExtensionIs()
    {
        Assert.Equal(ClientHelloParse.Done, Parse(ClientHellos.For("public.example", (0xfe0d, [0, 0, 1, 0, 1, 7, 0, 0, 0, 0])), out var with));
        Assert.Equal(ClientHelloParse.Done, Parse(ClientHellos.For("public.example"), out var without));
        Assert.Equal((true, false), (with.HasEncryptedHello, without.HasEncryptedHello));
    }

    [Fact]
    public void TryParse_Mutations_NeverThrowAndNeverGiveAnEmptyName()
    {
        var random = new Random(20260103);
        byte[][] seeds = [ClientHellos.Real("api.example.com"), ClientHellos.For("api.example.com", (0xfe0d, new byte[20])), ClientHellos.For(null)];
        for (var round = 0; round < Mutations.Rounds; round++)
        {
            var mutated = Mutations.Of(seeds[random.Next(seeds.Length)], random);
            if (Parse(mutated, out var hello) is ClientHelloParse.Done)
            {
                Assert.NotEqual("", hello.ServerName);
                Assert.True(mutated.Length >= 5 + 4 + 38, "A hello was read of fewer bytes than the smallest has.");
            }
            else
            {
                Assert.Equal(default, hello);
            }
        }
    }

    private static ClientHelloParse Parse(byte[] bytes, out ClientHello hello) => ClientHello.TryParse(new(bytes), out hello);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
