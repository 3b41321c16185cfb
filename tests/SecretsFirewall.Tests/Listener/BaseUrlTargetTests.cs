using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class BaseUrlTargetTests
{
    [Theory]
    [InlineData("/@anthropic/v1/messages", "anthropic", "/v1/messages")]
    [InlineData("/@openai/v1/%7Ex//y?a=/../b", "openai", "/v1/%7Ex//y?a=/../b")]
    [InlineData("/@our-git.2", "our-git.2", "/")]
    [InlineData("/@openai?x", "openai", "/?x")]
    public void TrySplit_NameAndRest_StayByteForByte(string target, string name, string rest)
    {
        Assert.True(BaseUrlTarget.Is(target));
        Assert.True(BaseUrlTarget.TrySplit(target, out var actual, out var pathAndQuery));
        Assert.Equal((name, rest), (actual, pathAndQuery));
    }

    [Theory]
    [InlineData("/@")]
    [InlineData("/@/v1")]
    [InlineData("/@a%6e/v1")]
    [InlineData("/@anthropic:443/v1")]
    [InlineData("/@user@anthropic/v1")]
    [InlineData("/@anthropic\\x")]
    public void TrySplit_WhatIsNoName_IsRefused(string target) => Assert.False(BaseUrlTarget.TrySplit(target, out _, out _));

    [Theory]
    [InlineData("/%40anthropic/v1")]
    [InlineData("//@anthropic/v1")]
    [InlineData("/x/@anthropic")]
    [InlineData("@anthropic/v1")]
    [InlineData("/")]
    public void Is_AnyOtherTarget_IsNone(string target) => Assert.False(BaseUrlTarget.Is(target));

    [Theory]
    [InlineData("/..", true)]
    [InlineData("/../@openai/v1", true)]
    [InlineData("/v1/./x", true)]
    [InlineData("/v1/%2e%2E/x", true)]
    [InlineData("/v1/.%2e;a=b/x", true)]
    [InlineData("/v1%2f..%2fx", true)]
    [InlineData("/v1\\..\\x", true)]
    [InlineData("/v1%5C..%5cx", true)]
    [InlineData("/v1/...", false)]
    [InlineData("/v1/a..b/.x", false)]
    [InlineData("/projects/team%2Fproject", false)]
    [InlineData("/v1?path=/../x", false)]
    public void HasDotSegments_PlainAndEncoded_AreSeen(string path, bool expected) => Assert.Equal(expected, BaseUrlTarget.HasDotSegments(path));
}
