using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class PathRulesTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("/v1/messages")]
    [InlineData("/a%20b/%C3%BC")]
    [InlineData("/100%25")]
    [InlineData("/100%25/x")]
    [InlineData("/.well-known/x")]
    [InlineData("/a.b/..c/...")]
    [InlineData("/%2ehidden")]
    [InlineData("/a;v=1/b")]
    [InlineData("/model/anthropic.claude%3A0/converse")]
    public void IsAmbiguous_PathWithOneMeaning_Passes(string path) => Assert.False(PathRules.IsAmbiguous(path));

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("/a/./b")]
    [InlineData("/a/..")]
    [InlineData("/..;/b")]
    [InlineData("/..;a=1/b")]
    [InlineData("/%2e%2E/b")]
    [InlineData("/.%2e/b")]
    [InlineData("/a%2Fb")]
    [InlineData("/a%2fb")]
    [InlineData("/a%5Cb")]
    [InlineData("/a\\b")]
    [InlineData("/a%252Fb")]
    [InlineData("/a%2541")]
    [InlineData("/a%00")]
    [InlineData("/a\0")]
    [InlineData("/a%0d%0a")]
    [InlineData("/a\u001fb")]
    [InlineData("/a%1fb")]
    [InlineData("/a%")]
    [InlineData("/a%4")]
    [InlineData("/a%zz")]
    [InlineData("/a%c0%af")]
    [InlineData("/a%ff")]
    [InlineData("//a")]
    [InlineData("/a//b")]
    public void IsAmbiguous_PathThatServersReadDifferently_IsRefused(string path) => Assert.True(PathRules.IsAmbiguous(path));

    [Fact]
    public void IsAmbiguous_AnyText_NeverThrows() =>
        Check.QuickThrowOnFailure(Prop.ForAll<string>(text => PathRules.IsAmbiguous("/" + text) || PathRules.IsAmbiguous("/" + text + "/../x")));
}
