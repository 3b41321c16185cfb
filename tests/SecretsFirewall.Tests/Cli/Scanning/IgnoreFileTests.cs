using SecretsFirewall.Cli.Scanning;

namespace SecretsFirewall.Tests.Cli.Scanning;

public sealed class IgnoreFileTests
{
    private const string Entry = "fingerprint:0123456789abcdef until=2027-01-31 reason=\"made up for a test\"";

    [Fact]
    public void Ignores_LastPatternThatMatches_Decides()
    {
        var file = Parse("*.txt", "!keep.txt", "# a comment", "");

        Assert.True(file.Ignores(Path.GetFullPath("a/x.txt"), isDirectory: false));
        Assert.False(file.Ignores(Path.GetFullPath("a/keep.txt"), isDirectory: false));
    }

    [Fact]
    public void Ignores_FileOutsideOfItsFolder_IsNotMeant() =>
        Assert.False(Parse("*.txt").Ignores(Path.GetFullPath("../x.txt"), isDirectory: false));

    [Fact]
    public void Parse_AllowEntry_HasItsReasonAndItsDay()
    {
        var entry = Assert.Single(Parse(Entry).Allowed);

        Assert.Equal(("0123456789abcdef", new DateOnly(2027, 1, 31), "made up for a test", 1), (entry.Fingerprint, entry.Until, entry.Reason, entry.Line));
    }

    [Theory]
    [InlineData("fingerprint:0123", "An allow entry reads")]
    [InlineData("fingerprint:0123456789abcdef until=2027-01-31", "An allow entry reads")]
    [InlineData("fingerprint:0123456789abcdef until=2027-02-30 reason=\"x\"", "is no day")]
    [InlineData("fingerprint:0123456789abcdef until=2027-01-31 reason=\" \"", "The reason is empty")]
    [InlineData("a[b", "This is no pattern")]
    public void Parse_MalformedLine_IsAnErrorWithItsLine(string line, string expected)
    {
        var errors = new List<string>();
        IgnoreFile.Parse(".sfwignore", ["*.txt", line], errors);

        var error = Assert.Single(errors);
        Assert.StartsWith(".sfwignore:2: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static IgnoreFile Parse(params string[] lines)
    {
        var errors = new List<string>();
        var file = IgnoreFile.Parse(".sfwignore", lines, errors);
        Assert.Empty(errors);
        return file;
    }
}
