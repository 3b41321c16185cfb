using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("http://a.example/x?y=1", "a.example", "/x?y=1")]
    [InlineData("HTTP://a.example", "a.example", "/")]
    [InlineData("http://a.example?y", "a.example", "/?y")]
    [InlineData("http://a.example:8080/%2e%2E//x", "a.example:8080", "/%2e%2E//x")]
    public void TrySplitAbsolute_PathAndQuery_StayByteForByte(string target, string authority, string rest)
    {
        Assert.True(RequestTarget.TrySplitAbsolute(target, "http", out var actual, out var pathAndQuery));
        Assert.Equal((authority, rest), (actual, pathAndQuery));
    }

    [Theory]
    [InlineData("https://a.example/")]
    [InlineData("/path")]
    [InlineData("*")]
    [InlineData("http://")]
    [InlineData("http:///x")]
    [InlineData("http:/a")]
    public void TrySplitAbsolute_AnotherForm_IsRefused(string target) =>
        Assert.False(RequestTarget.TrySplitAbsolute(target, "http", out _, out _));

    [Theory]
    [InlineData("a.example", "https", 443)]
    [InlineData("a.example", "http", 80)]
    [InlineData("a.example:8443", "https", 8443)]
    [InlineData("[::1]:8443", "https", 8443)]
    [InlineData("[::1]", "https", 443)]
    public void TryParseAuthority_Port_IsReadOrTheSchemes(string authority, string scheme, int port)
    {
        Assert.True(RequestTarget.TryParseAuthority(authority, scheme, out var destination));
        Assert.Equal(port, destination.Port);
    }

    [Theory]
    [InlineData("user@a.example")]
    [InlineData("user:pass@a.example:80")]
    [InlineData("a.example:")]
    [InlineData("a.example:0")]
    [InlineData("a.example:99999")]
    [InlineData("a.example:80x")]
    [InlineData("")]
    public void TryParseAuthority_UserinfoOrNoPort_IsRefused(string authority) =>
        Assert.False(RequestTarget.TryParseAuthority(authority, "http", out _));
}
