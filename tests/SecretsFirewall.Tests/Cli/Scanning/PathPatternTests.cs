using SecretsFirewall.Cli.Scanning;

namespace SecretsFirewall.Tests.Cli.Scanning;

/// <summary>As <c>git check-ignore</c> answers.</summary>
public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*.lock", "a.lock", true)]
    [InlineData("*.lock", "deep/er/a.lock", true)]
    [InlineData("*.lock", "a.locks", false)]
    [InlineData("/a.lock", "a.lock", true)]
    [InlineData("/a.lock", "b/a.lock", false)]
    [InlineData("b/*.txt", "b/a.txt", true)]
    [InlineData("b/*.txt", "b/c/a.txt", false)]
    [InlineData("b/*.txt", "x/b/a.txt", false)]
    [InlineData("**/b/a", "x/y/b/a", true)]
    [InlineData("**/b/a", "b/a", true)]
    [InlineData("b/**", "b/x/y", true)]
    [InlineData("b/**", "b", false)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("[a-c].txt", "b.txt", true)]
    [InlineData("[!a-c].txt", "b.txt", false)]
    [InlineData("[!a-c].txt", "d.txt", true)]
    [InlineData(@"\*.txt", "*.txt", true)]
    [InlineData(@"\*.txt", "a.txt", false)]
    [InlineData("a+b(c)", "a+b(c)", true)]
    public void Matches_File_IsAsGitSays(string pattern, string path, bool expected)
    {
        Assert.True(PathPattern.TryParse(pattern, out var parsed));
        Assert.Equal(expected, parsed.Matches(path, isDirectory: false));
    }

    [Fact]
    public void Matches_SlashAtTheEnd_MeansDirectoriesAlone()
    {
        Assert.True(PathPattern.TryParse("build/", out var pattern));
        Assert.True(pattern.Matches("x/build", isDirectory: true));
        Assert.False(pattern.Matches("x/build", isDirectory: false));
    }

    [Theory]
    [InlineData("!")]
    [InlineData("/")]
    [InlineData("a[b")]
    [InlineData(@"a\")]
    [InlineData("[z-a]")]
    public void TryParse_WhatIsNoPattern_IsRefused(string line) => Assert.False(PathPattern.TryParse(line, out _));
}
