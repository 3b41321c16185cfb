using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Tests.Inspection.Codecs;

public sealed class TextCodecsTests
{
    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame_Percent() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(raw => PercentCodec.Decode(PercentCodec.Encode(raw)).SequenceEqual(raw)));

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame_Form() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(raw => FormCodec.Decode(FormCodec.Encode(raw)).SequenceEqual(raw)));

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame_Json() =>
        Check.QuickThrowOnFailure(Prop.ForAll<string>(text =>
        {
            var raw = Encoding.UTF8.GetBytes(text ?? "");
            return JsonStringCodec.Decode(JsonStringCodec.Encode(raw)).SequenceEqual(raw);
        }));

    [Fact]
    public void Encode_AnyText_IsReadBackByTheSerializer_Json() =>
        Check.QuickThrowOnFailure(Prop.ForAll<string>(text =>
        {
            var raw = Encoding.UTF8.GetBytes(text ?? "");
            byte[] json = [(byte)'"', .. JsonStringCodec.Encode(raw), (byte)'"'];
            return JsonSerializer.Deserialize<string>(json) == Encoding.UTF8.GetString(raw);
        }));

    [Fact]
    public void Decode_WhatTheSerializerWrote_IsTheText_Json() =>
        Check.QuickThrowOnFailure(Prop.ForAll<string>(text =>
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(text ?? "");
            return JsonStringCodec.Decode(json.AsSpan(1..^1)).SequenceEqual(JsonSerializer.Deserialize<string>(json) is { } back ? Encoding.UTF8.GetBytes(back) : []);
        }));

    [Fact]
    public void TryDecode_WhatWasEncoded_IsTheSame_Basic() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(raw =>
        {
            byte[] credentials = [(byte)'u', (byte)':', .. raw];
            return BasicCredentials.TryDecode(BasicCredentials.Encode(credentials), out var back) && back.SequenceEqual(credentials);
        }));

    [Theory]
    [InlineData("a%20b%2Bc", "a b+c")]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("a+b", "a+b")]
    public void Decode_Percent_LeavesWhatIsNoEscape(string text, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(PercentCodec.Decode(Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Encode_Percent_KeepsOnlyUnreserved() =>
        Assert.Equal("aZ9-._~%2F%3A%20%C3%BC", Encoding.ASCII.GetString(PercentCodec.Encode("aZ9-._~/: ü"u8)));

    [Fact]
    public void Encode_Form_WritesSpaceAsPlus()
    {
        Assert.Equal("a+b%2B", Encoding.ASCII.GetString(FormCodec.Encode("a b+"u8)));
        Assert.Equal("a b+", Encoding.ASCII.GetString(FormCodec.Decode("a+b%2b"u8)));
    }

    [Theory]
    [InlineData("""\u0041\/\n\"\\""", "A/\n\"\\")]
    [InlineData("""\ud83d\ude00""", "😀")]
    [InlineData("""\ud83d \x \u12""", """\ud83d \x \u12""")]
    [InlineData("""tail\""", """tail\""")]
    public void Decode_Json_ReadsEscapesAndLeavesWhatIsNone(string text, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonStringCodec.Decode(Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData("Bearer dTpw")]
    [InlineData("Basic")]
    [InlineData("Basic dXA=")]
    [InlineData("Basic dTp w")]
    [InlineData("Basic dTpw!")]
    [InlineData("Basic dTp")]
    public void TryDecode_NotBasicCredentials_Refuses(string field) => Assert.False(BasicCredentials.TryDecode(field, out _));

    [Fact]
    public void TryDecode_SchemeInAnyCase_IsRead()
    {
        Assert.True(BasicCredentials.TryDecode("bAsIc  dTpw", out var credentials));
        Assert.Equal("u:p"u8.ToArray(), credentials);
    }
}
