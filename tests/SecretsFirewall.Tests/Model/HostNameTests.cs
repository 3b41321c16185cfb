using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Model;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("API.OpenAI.com", "api.openai.com")]
    [InlineData("api.openai.com.", "api.openai.com")]
    [InlineData("XN--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("0x7f.1", "127.0.0.1")]
    [InlineData("2130706433", "127.0.0.1")]
    [InlineData("0177.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1")]
    [InlineData("[::ffff:7f00:1]", "127.0.0.1")]
    [InlineData("[2001:DB8::1]", "2001:db8::1")]
    [InlineData("_dmarc.example.com", "_dmarc.example.com")]
    public void TryNormalise_EverySpelling_IsTheOneSpelling(string text, string expected)
    {
        Assert.Equal(HostNameError.None, HostName.TryNormalise(text, out var host));
        Assert.Equal(expected, host);
    }

    [Theory]
    [InlineData("", HostNameError.Empty)]
    [InlineData(".", HostNameError.Malformed)]
    [InlineData("a..b", HostNameError.Malformed)]
    [InlineData("bücher.example", HostNameError.Malformed)]
    [InlineData("①②⑦.⓪.⓪.①", HostNameError.Malformed)]
    [InlineData("127。0。0。1", HostNameError.Malformed)]
    [InlineData("ｌocalhost", HostNameError.Malformed)]
    [InlineData("-a.example", HostNameError.Malformed)]
    [InlineData("a b.example", HostNameError.Malformed)]
    [InlineData("a/b", HostNameError.Malformed)]
    [InlineData("user@host", HostNameError.Malformed)]
    [InlineData("[fe80::1%eth0]", HostNameError.Malformed)]
    [InlineData("[::1", HostNameError.Malformed)]
    [InlineData("1.2.3.4.5", HostNameError.AmbiguousNumber)]
    [InlineData("example.123", HostNameError.AmbiguousNumber)]
    [InlineData("256.256.256.256", HostNameError.AmbiguousNumber)]
    public void TryNormalise_NoHost_IsRefusedWithItsReason(string text, HostNameError expected) =>
        Assert.Equal(expected, HostName.TryNormalise(text, out _));

    [Fact]
    public void TryNormalise_LongerThanAName_IsRefused() =>
        Assert.Equal(HostNameError.TooLong, HostName.TryNormalise(new string('a', 256), out _));

    [Theory]
    [InlineData("api.github.com", "github.com", true)]
    [InlineData("github.com", "github.com", true)]
    [InlineData("notgithub.com", "github.com", false)]
    [InlineData("github.com.evil.example", "github.com", false)]
    public void IsUnder_OnlyWholeLabels_Count(string host, string domain, bool expected) =>
        Assert.Equal(expected, HostName.IsUnder(host, domain));
}
