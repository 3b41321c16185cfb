using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

public sealed class DetectionRuleTests
{
    private static readonly DetectionRule Token = RuleFiles.Rule(""" "literals": ["tok_"], "body": [{ "of": "base36", "min": 4, "max": 8 }] """);

    [Theory]
    [InlineData("tok_abcd", 8)]
    [InlineData("tok_abcd1234", 12)]
    [InlineData("tok_abcd-", 8)]
    [InlineData(" tok_abcd12 ", 10)]
    [InlineData("my_tok_abcd", 8)]
    [InlineData("tok_abc", 0)] // too short
    [InlineData("tok_abcd12345", 0)] // too long: something else
    [InlineData("atok_abcd", 0)]
    [InlineData("tok_ABCD", 0)]
    public void Matches_Token_TakesTheLongestOrNothing(string text, int length) => Assert.Equal(length, LengthIn(Token, text));

    [Theory]
    // One backslash escapes; two are an escape of the level below; eight are none that anybody writes.
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    [InlineData(8, false)]
    [InlineData(0, false)]
    public void Matches_LetterBehindBackslashes_IsABoundaryByTheirParity(int backslashes, bool isBoundary)
    {
        foreach (var letter in "ntrbf")
        {
            Assert.Equal(isBoundary, LengthIn(Token, new string('\\', backslashes) + letter + "tok_abcd") > 0);
        }
    }

    [Theory]
    [InlineData(@"\dtok_abcd", 0)] // no escape of JSON
    [InlineData(@"\u000atok_abcd", 8)]
    [InlineData(@"\\u000atok_abcd", 8)]
    [InlineData(@"\u0041tok_abcd", 0)] // the letter A
    [InlineData(@"u000atok_abcd", 0)]
    [InlineData("%0Atok_abcd", 8)]
    [InlineData("%41tok_abcd", 0)] // the letter A
    [InlineData(@"\""tok_abcd\""", 8)]
    [InlineData("étok_abcd", 8)]
    public void Matches_EscapeBeforeToken_CountsAsWhatItStandsFor(string text, int length) => Assert.Equal(length, LengthIn(Token, text));

    [Fact]
    public void Matches_SeveralLiterals_TakesTheLongestThatFits()
    {
        var rule = RuleFiles.Rule(""" "literals": ["tok_", "tok_live_"], "body": [{ "of": "base36 [_]", "min": 4, "max": 12 }] """);

        Assert.Equal(13, LengthIn(rule, "tok_live_abcd"));
        Assert.Equal(11, LengthIn(rule, "tok_live_ab")); // by the shorter one
    }

    [Fact]
    public void Matches_FixedTextInside_EndsTheFirstPartThatCouldRunOverIt()
    {
        var rule = RuleFiles.Rule(""" "literals": ["tok_"], "body": [{ "of": "base62", "min": 4, "max": 8 }, { "text": "MID" }, { "of": "base62", "length": 4 }] """);

        Assert.Equal(15, LengthIn(rule, "tok_abcdMIDefgh"));
        Assert.Equal(19, LengthIn(rule, "tok_abcdefghMIDefgh"));
        Assert.Equal(0, LengthIn(rule, "tok_abcMIDefgh"));
        Assert.Equal(0, LengthIn(rule, "tok_abcdefghiMIDefgh"));
    }

    [Fact]
    public void Matches_LiteralInside_FindsTheTokenAroundIt()
    {
        var rule = RuleFiles.Rule(""" "lead": [{ "of": "hex", "length": 4 }], "literals": [".mid1."], "body": [{ "of": "hex", "length": 4 }] """);

        Assert.Equal([(1, 14)], Search.All(rule, "\nabcd.mid1.abcd"u8));
        Assert.Equal([(2, 14)], Search.All(rule, @"\nabcd.mid1.abcd"u8));
        Assert.Empty(Search.All(rule, "aabcd.mid1.abcd"u8));
        Assert.Empty(Search.All(rule, "bcd.mid1.abcd"u8));
        Assert.Equal(4, rule.Literals[0].Offset);
    }

    [Theory]
    [InlineData("NAME_KEY=VALUE", true)]
    [InlineData("name.api.key: VALUE", true)]
    [InlineData("{\"nameKey\":\"VALUE\"}", true)]
    [InlineData("name_key := 'VALUE'", true)]
    [InlineData("'name' => \"VALUE\"", true)]
    [InlineData("name: string = \"VALUE\"", true)]
    [InlineData("let name: &str = \"VALUE\";", true)]
    [InlineData("<name>VALUE</name>", true)]
    [InlineData("name: Bearer VALUE", true)]
    [InlineData("name%3DVALUE", true)]
    [InlineData("name=%22VALUE%22", true)]
    [InlineData("name=&quot;VALUE&quot;", true)]
    [InlineData("{\\\\\\\"name\\\\\\\":\\\\\\\"VALUE\\\\\\\"}", true)]
    [InlineData("setenv(\"name\", \"VALUE\")", true)]
    [InlineData("name VALUE", false)]
    [InlineData("name is VALUE", false)]
    [InlineData("name\n=VALUE", false)]
    public void Matches_Assignment_FindsTheValueAlone(string template, bool isFound)
    {
        var rule = RuleFiles.Rule(""" "kind": "assignment", "keywords": ["name"], "body": [{ "of": "digit", "length": 12 }] """);
        var text = template.Replace("VALUE", "123456789012", StringComparison.Ordinal);

        var expected = isFound ? new[] { (template.IndexOf("VALUE", StringComparison.Ordinal), 12) } : [];

        Assert.Equal(expected, Search.All(rule, Encoding.ASCII.GetBytes(text)));
    }

    [Theory]
    [InlineData("db1://app:s3cret-1@host", 10, 8)]
    [InlineData("db1://:s3cret-1@host", 7, 8)]
    [InlineData("db1://app:s3cret-1@[::1]", 10, 8)]
    [InlineData("db1://app:s3cret-1", 0, 0)]
    [InlineData("db1://app:s3cret-1/path@host", 0, 0)]
    [InlineData("db1://host:5432/path", 0, 0)]
    [InlineData("db1://app@host", 0, 0)]
    public void Matches_Url_FindsThePasswordAlone(string text, int start, int length)
    {
        var rule = RuleFiles.Rule(""" "kind": "url_password", "literals": ["db1://"], "body": [{ "of": "base62 [-]", "min": 6, "max": 32 }] """);

        Assert.Equal(length == 0 ? [] : new[] { (start, length) }, Search.All(rule, Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Matches_BlockWithoutItsEnd_ReachesToItsLastLine()
    {
        var rule = RuleFiles.Rule(""" "kind": "block", "pem": ["TEST KEY"], "min_run": 40, "max_length": 4096 """);
        var line = new string('a', 64);
        var head = "-----BEGIN TEST KEY-----\n";

        Assert.Equal([(0, head.Length + 129)], Search.All(rule, Encoding.ASCII.GetBytes($"{head}{line}\n{line}\n and so on")));
        Assert.Equal([(0, head.Length + 64)], Search.All(rule, Encoding.ASCII.GetBytes($"{head}{line}\n-----END OTHER KEY-----")));
        Assert.Empty(Search.All(rule, Encoding.ASCII.GetBytes($"{head}is how such a file begins.\n-----END TEST KEY-----")));
    }

    [Fact]
    public void Matches_BlockBehindAnotherBegin_ReadsNoFurtherThanToIt()
    {
        var rule = RuleFiles.Rule(""" "kind": "block", "pem": ["TEST KEY"], "min_run": 40, "max_length": 4096 """);
        var text = string.Concat(Enumerable.Repeat("-----BEGIN TEST KEY-----\n", 1000));

        Assert.Empty(Search.All(rule, Encoding.ASCII.GetBytes(text)));
    }

    [Theory]
    [InlineData("tok_abcd1234", true)]
    [InlineData("tok_abcdefgh", false)] // no digit
    [InlineData("tok_aaaaaaa1", false)] // little entropy
    [InlineData("tok_1Example", false)] // a stop word, in either case
    [InlineData("tok_1h2start", true)]
    [InlineData("tok_start1h2", false)] // a stop word at the start
    public void Matches_WhatTheBodyMustHave_IsAsked(string text, bool isFound)
    {
        var rule = RuleFiles.Rule(
            """ "literals": ["tok_"], "body": [{ "of": "base62", "length": 8 }], "needs": ["digit"], "entropy": 2, "stop_words": ["example", "^start"] """);

        Assert.Equal(isFound, LengthIn(rule, text) > 0);
    }

    [Theory]
    [InlineData("api.example.com", true)]
    [InlineData("eu.example.net", true)]
    [InlineData("example.net", true)]
    [InlineData("example.com", false)]
    [InlineData("badexample.net", false)]
    public void IsAudience_Host_IsOneOfTheProvidersOwn(string host, bool isOwn)
    {
        var rule = RuleFiles.Rule(
            """ "literals": ["tok_"], "body": [{ "of": "hex", "length": 32 }], "audience": ["api.example.com", "*.example.net"] """);

        Assert.Equal(isOwn, rule.Description.IsAudience(host));
    }

    private static int LengthIn(DetectionRule rule, string text) => Search.All(rule, Encoding.UTF8.GetBytes(text)).Select(found => found.Length).FirstOrDefault();
}
