using SecretsFirewall.Cli.Canaries;

namespace SecretsFirewall.Tests.Cli.Canaries;

public sealed class CanaryFormatsTests
{
    [Fact]
    public void Make_Plain_Is40LettersAndDigitsAndNeverTheSame()
    {
        var value = CanaryFormats.Make(CanaryFormats.Plain)!;

        Assert.Equal(40, value.Length);
        Assert.All(value, static b => Assert.True(char.IsAsciiLetterOrDigit((char)b)));
        Assert.NotEqual(value, CanaryFormats.Make(CanaryFormats.Plain));
    }

    [Fact]
    public void Make_EveryListedFormat_MakesAValue() =>
        Assert.All(CanaryFormats.List(), static one => Assert.NotNull(CanaryFormats.Make(one.Format)));

    [Theory]
    [InlineData("no-such-format")]
    [InlineData("list")]
    public void Make_UnknownFormat_MakesNothing(string format) => Assert.Null(CanaryFormats.Make(format));
}
