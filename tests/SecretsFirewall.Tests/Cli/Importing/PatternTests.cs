using System.Text.RegularExpressions;
using SecretsFirewall.Cli.Importing;

namespace SecretsFirewall.Tests.Cli.Importing;

public sealed class PatternTests
{
    [Theory]
    [InlineData(@"\bab[c-e]{2,}\b", "x abcd y", "abcd")]
    [InlineData(@"(?i)KEY", "a kEy", "kEy")]
    [InlineData(@"(?i:k)EY", "KEY kEY key", "KEY")]
    [InlineData(@"a(?i)b|c", "aB C", "aB")]
    [InlineData(@"(?P<name>a+)b", "aab", "aab")]
    [InlineData(@"[[:digit:][:^alnum:]]+", "a1-b", "1-")]
    [InlineData(@"[^\W_]+", "__a1__", "a1")]
    [InlineData(@"\Q.*\E", "a.*b", ".*")]
    [InlineData(@"\x41\x{42}", "xAB", "AB")]
    [InlineData(@"[]a-]+", "x]a-", "]a-")]
    [InlineData(@"a.c", "a\nc abc", "abc")]
    [InlineData(@"(?s)a.c", "a\nc", "a\nc")]
    [InlineData(@"(?m)^b$", "a\nb\nc", "b")]
    [InlineData(@"a{,2}", "a{,2}", "a{,2}")]
    [InlineData(@"x*?y", "xxy", "xxy")]
    [InlineData(@"(?:ab|cd){2}", "abcdab", "abcd")]
    [InlineData(@"", "a", "")]
    public void Write_PatternOfGo_MatchesTheSameInDotNet(string pattern, string text, string expected)
    {
        var written = PatternWriter.Write(PatternReader.Read(pattern, out var problem) ?? throw new InvalidOperationException(problem));

        var match = new Regex(written, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant).Match(text);
        Assert.True(match.Success, written);
        Assert.Equal(expected, match.Value);
    }

    [Fact]
    public void Write_Words_AreThoseOfAsciiAsInGo() =>
        Assert.DoesNotMatch($"^(?:{PatternWriter.Write(PatternReader.Read(@"\w", out _)!)})$", "\u00e9");

    [Fact]
    public void Read_AnyText_IsReadOrRefused()
    {
        string[] pieces = ["a", "b", "[", "]", "^", "-", "(", "(?", "(?:", "(?P<", "i", ":", ">", ")", "|", "*", "+", "?", "{", "2", ",", "}", "\\", "\\x", "\\Q", "\\w", "[:", ":]", "alpha", "$", ".", "é", "\ud800"];
        var random = new Random(1);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (PatternReader.Read(pattern, out var problem) is not { } node)
            {
                Assert.NotEmpty(problem);
                continue;
            }

            _ = new Regex(PatternWriter.Write(node), RegexOptions.CultureInvariant);
            _ = PatternFacts.AtOrBeforeTheSecret(node, 64);
            read++;
        }

        Assert.InRange(read, 1_000, 19_000);
    }

    [Theory]
    [InlineData("a(?=b)", "looks around")]
    [InlineData("(?<!a)b", "looks around")]
    [InlineData(@"(a)\1", "refers back")]
    [InlineData(@"\pL", "Unicode")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "too many")]
    [InlineData("[a", "not closed")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("[z-a]", "backwards")]
    [InlineData("a{3,1}", "wrong way round")]
    [InlineData("(?U)a", "not understood")]
    [InlineData("[é]", "outside of ASCII")]
    public void Read_WhatCannotBeRun_IsNamed(string pattern, string expected)
    {
        Assert.Null(PatternReader.Read(pattern, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[a-z]{0,9}(?i)ADAfruit[a-z]", "adafruit", 9, 18)]
    [InlineData("(?:gh[pou]_|tok_)[a-z]{5}", "gho_ ghp_ ghu_ tok_", 0, 9)]
    [InlineData("ab?cde[0-9]", "abcde acde", 0, 6)]
    [InlineData("(?:[0-9]{3}secret|x{2}hidden)", "secret xxhidden", 3, 9)]
    [InlineData("(?:abcd)+", "abcd", 0, 4 * 64)]
    [InlineData("a{4}", "aaaa", 0, 4)]
    public void Of_Pattern_KnowsWhatEveryMatchHolds(string pattern, string texts, int before, int max)
    {
        var facts = PatternFacts.Of(PatternReader.Read(pattern, out _)!, 64);

        var required = RequiredTexts.Better(facts.Required, facts.Exact is { } exact ? new RequiredTexts(exact, 0) : null)!;
        Assert.Equal(texts, string.Join(' ', required.Texts.Order(StringComparer.Ordinal)));
        Assert.Equal((before, max), (required.Before, facts.Max));
    }

    [Theory]
    [InlineData("(?:secret)?[a-z]+")]
    [InlineData("secret|[a-z]+")]
    [InlineData("(?:secret)*x?")]
    public void Of_PatternThatMatchesWithoutItsWord_DoesNotRequireIt(string pattern)
    {
        var facts = PatternFacts.Of(PatternReader.Read(pattern, out _)!, 64);

        Assert.True(facts.Required is null || facts.Required.Shortest < 4);
    }
}
