using SecretsFirewall.Enforcement;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class FindingLocationTests
{
    [Theory]
    [InlineData("Authorization")]
    [InlineData("/messages/0/content")]
    [InlineData("/SECRET_REF(canary)/a~1b")]
    [InlineData("@17")]
    [InlineData("")]
    public void Safe_WithoutAValue_IsAsItWas(string location) => Assert.Equal(location, FindingLocation.Safe(location, Bodies.Snapshot));

    [Theory]
    [InlineData($"/{Bodies.Secret}", "/*")]
    [InlineData($"/a/x~1{Bodies.Secret}~0/3", "/a/*/3")]
    [InlineData($"X-{Bodies.Secret}", "*")]
    public void Safe_ValueInAKeyOrName_IsNotTold(string location, string expected) => Assert.Equal(expected, FindingLocation.Safe(location, Bodies.Snapshot));

    [Fact]
    public void Safe_EndlessKey_IsCut() => Assert.Equal(513, FindingLocation.Safe("/" + new string('k', 100_000), Bodies.Snapshot).Length);

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    public void Safe_EndlessKeyOfPairs_IsCutBetweenThem(string start)
    {
        var safe = FindingLocation.Safe(start + string.Concat(Enumerable.Repeat("\U0001F511", 1_000)), Bodies.Snapshot);

        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(safe)));
    }
}
