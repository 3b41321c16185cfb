using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Model;

public sealed class ViaFieldTests
{
    private const string Own = "sfw-01234567";

    [Theory]
    [InlineData("1.1 sfw-01234567")]
    [InlineData("1.1 SFW-01234567")]
    [InlineData("HTTP/1.1 sfw-01234567")]
    [InlineData("1.0 fred, 1.1 sfw-01234567")]
    [InlineData("1.1\tsfw-01234567(a comment)")]
    [InlineData("1.1  sfw-01234567 (a comment), 1.1 p.example.net")]
    public void Names_OurOwn_IsTrue(string value) => Assert.True(ViaField.Names([value], Own));

    [Theory]
    [InlineData("")]
    [InlineData("1.1")]
    [InlineData("sfw-01234567")]
    [InlineData("1.1 sfw-012345678")]
    [InlineData("1.1 other (sfw-01234567)")]
    [InlineData("1.1 other sfw-01234567")]
    [InlineData(", ,")]
    public void Names_NothingOrOthers_IsFalse(string value) => Assert.False(ViaField.Names([value, null], Own));

    [Fact]
    public void PseudonymOf_AKey_IsTheSameAgainAndAnotherForAnother()
    {
        Assert.Equal(ViaField.PseudonymOf(new byte[32]), ViaField.PseudonymOf(new byte[32]));
        Assert.NotEqual(ViaField.PseudonymOf(new byte[32]), ViaField.PseudonymOf([.. new byte[31], 1]));
        Assert.StartsWith("sfw-", ViaField.PseudonymOf(new byte[32]), StringComparison.Ordinal);
    }
}
