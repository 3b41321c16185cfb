using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class ContentLabelTests
{
    [Theory]
    [InlineData(null, TextCharset.Utf8)]
    [InlineData("application/json", TextCharset.Utf8)]
    [InlineData("application/json; charset=utf-8", TextCharset.Utf8)]
    [InlineData("application/json;Charset = \"UTF-8\"; x=y", TextCharset.Utf8)]
    [InlineData("text/plain;charset=us-ascii", TextCharset.Utf8)]
    [InlineData("text/plain; charset=ISO-8859-1", TextCharset.SingleByte)]
    [InlineData("text/plain; charset=windows-1252", TextCharset.SingleByte)]
    [InlineData("application/json; charset=utf-7", TextCharset.Other)]
    [InlineData("application/json; charset='utf-7'", TextCharset.Other)]
    [InlineData("application/json; charset=utf-16le", TextCharset.Other)]
    [InlineData("application/json; charset=utf-8; charset=utf-7", TextCharset.Other)]
    [InlineData("application/json; charset=\"utf-8;charset=utf-7\"", TextCharset.Other)]
    [InlineData("application/json; charset=utf-8, text/plain; charset=utf-7", TextCharset.Other)]
    [InlineData("application/json; charset*=us-ascii''utf-7", TextCharset.Other)]
    [InlineData("application/json; charset*0=utf; charset*1=-7", TextCharset.Other)]
    [InlineData("application/json; charset", TextCharset.Other)]
    [InlineData("application/json; charset=", TextCharset.Other)]
    [InlineData("application/json; charset=utf-8 utf-7", TextCharset.Other)]
    [InlineData("application/json; charset=a-name-that-is-longer-than-any", TextCharset.Other)]
    public void Charset_IsTheWorstThatTheLabelCouldBeTakenToSay(string? contentType, TextCharset expected) => Assert.Equal(expected, ContentLabel.Charset(contentType));

    [Theory]
    [InlineData("application/json", true, false)]
    [InlineData(" Application/Problem+JSON ; charset=utf-8", true, false)]
    [InlineData("application/x-ndjson", false, true)]
    [InlineData("text/plain; x=json", false, false)]
    [InlineData(null, false, false)]
    public void Json_IsKnownByTheTypeAlone(string? contentType, bool isJson, bool isLines) =>
        Assert.Equal((isJson, isLines), (ContentLabel.SaysJson(contentType), ContentLabel.SaysJsonLines(contentType)));
}
