using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>Rules of kind regex: a user's pattern, asked in a bounded window around its literal.</summary>
public sealed class RegexRuleTests
{
    private const string Examples = "\"examples\": { \"match\": [], \"no_match\": [] }";

    [Theory]
    [InlineData("acme = abcd", "abcd")]
    [InlineData("ACME = abcd", "")]
    [InlineData("xx acme=abcd,", "abcd")]
    [InlineData("acme = ab", "")]
    [InlineData("acme acme = abcd", "abcd")]
    public void Matches_Group_IsTheSecret(string text, string expected) =>
        Assert.Equal(expected, Find(Rule(""" "pattern": "acme *= *([a-z]{4})", "literals": ["ACME"], "max_length": 40 """), text));

    [Fact]
    public void Matches_FirstGroupThatTookPart_IsTheSecret() =>
        Assert.Equal("right", Find(Rule(""" "pattern": "acme=(?:left(x)|(right))", "literals": ["acme="], "max_length": 40 """), "acme=right"));

    [Fact]
    public void Matches_GroupThatIsNamed_IsTheSecret() =>
        Assert.Equal("cd", Find(Rule(""" "pattern": "(acme)=ab(cd)", "literals": ["acme"], "max_length": 40, "secret_group": 2 """), "acme=abcd"));

    [Fact]
    public void Matches_WithoutGroup_IsAllOfItFromItsLiteralOn() =>
        Assert.Equal("acme=1", Find(Rule(""" "pattern": "xacme=1", "literals": ["acme"], "max_length": 40 """), "a xacme=1 b"));

    [Fact]
    public void Matches_WordBoundaryBehindTheLongestMatch_SeesTheNextByte()
    {
        var rule = Rule(""" "pattern": "\\bacme[0-9]{4}\\b", "literals": ["acme"], "max_length": 8, "max_before": 0 """);

        Assert.Equal("acme1234", Find(rule, "acme1234 "));
        Assert.Equal("", Find(rule, "acme12345"));
        Assert.Equal("", Find(rule, "xacme1234"));
    }

    [Fact]
    public void Matches_EndlessPattern_EndsAtItsBound() =>
        Assert.Equal(40, Find(Rule(""" "pattern": "acme.*", "literals": ["acme"], "max_length": 40 """), "acme" + new string('x', 500)).Length);

    [Fact]
    public void Matches_AnyText_NeverReadsBeyondItsReach()
    {
        var rule = Rule(""" "pattern": "[a-z]*acme.*", "literals": ["acme"], "max_length": 40, "max_before": 10 """);
        var text = Encoding.ASCII.GetBytes(new string('a', 100) + "acme" + new string('b', 100));

        Assert.True(rule.Matches(text, 100, out var start, out var length, out _));
        Assert.True(rule.Matches(text.AsSpan()[(100 - rule.LookBehind)..(100 + rule.Reach)], rule.LookBehind, out var again, out var same, out _));
        Assert.Equal((start - (100 - rule.LookBehind), length), (again, same));
    }

    [Fact]
    public void Matches_PatternThatBacktrackingTakesForever_IsLinear() =>
        Assert.Equal("", Find(Rule(""" "pattern": "acme(?:a+)+(?:a+)+(?:a+)+!", "literals": ["acme"], "max_length": 8000 """), "acme" + new string('a', 7000)));

    [Fact]
    public void Mask_StreamCutAnywhere_IsThatOfTheWholeText()
    {
        var rule = Rule(""" "pattern": "[a-z]{0,8}acme *= *([a-z]{4,9})\\b", "literals": ["acme"], "max_length": 30, "max_before": 8 """);
        var snapshot = DetectionSnapshot.Build([], new byte[32], [rule]);
        var text = Encoding.ASCII.GetBytes("my acme = abcdef, ourACME=ab acme=abcd acme = abcdefghijkl acme=xyzxyz");
        var whole = Mask(snapshot, text, text.Length);
        Assert.Equal(3, whole.Split("SECRET_REF(").Length - 1);
        for (var first = 0; first <= text.Length; first++)
        {
            Assert.Equal(whole, Mask(snapshot, text, first));
        }

        Assert.Equal(whole, Mask(snapshot, text, 1, 1));
    }

    [Fact]
    public void Matches_EntropyAndStopWords_CountForTheSecret()
    {
        var rule = Rule(""" "pattern": "acme=([a-z]{8})", "literals": ["acme"], "max_length": 40, "entropy": 2.5, "stop_words": ["test"] """);

        Assert.Equal("abcdefgh", Find(rule, "acme=abcdefgh"));
        Assert.Equal("", Find(rule, "acme=aaaabbbb"));
        Assert.Equal("", Find(rule, "acme=abtestgh"));
    }

    [Theory]
    [InlineData(""" "literals": ["acme"], "max_length": 40 """, "'pattern' is missing")]
    [InlineData(""" "pattern": "acme", "max_length": 40 """, "'literals' is missing")]
    [InlineData(""" "pattern": "acme", "literals": ["acme"] """, "'max_length' is missing")]
    [InlineData(""" "pattern": "acm", "literals": ["acm"], "max_length": 40 """, "4 bytes or more")]
    [InlineData(""" "pattern": "acme(", "literals": ["acme"], "max_length": 40 """, "Not a pattern")]
    [InlineData(""" "pattern": "acme(?=x)", "literals": ["acme"], "max_length": 40 """, "looks around")]
    [InlineData(""" "pattern": "acme(?<!x)", "literals": ["acme"], "max_length": 40 """, "looks around")]
    [InlineData(""" "pattern": "(a)cme\\1", "literals": ["acme"], "max_length": 40 """, "refers back")]
    [InlineData(""" "pattern": "acme(?>x)", "literals": ["acme"], "max_length": 40 """, "looks around")]
    [InlineData(""" "pattern": "acme", "literals": ["acme"], "max_length": 9000 """, "1 to 8192 bytes")]
    [InlineData(""" "pattern": "acme", "literals": ["acme"], "max_length": 40, "max_before": 41 """, "not above")]
    [InlineData(""" "pattern": "acme", "literals": ["acme"], "max_length": 40, "secret_group": 1 """, "no group 1")]
    [InlineData(""" "pattern": "acme", "literals": ["acme"], "max_length": 40, "body": [] """, "means nothing")]
    public void Load_RuleThatCannotBeRun_Refuses(string members, string message)
    {
        var error = Assert.Single(RuleFiles.Errors(RuleFiles.One($"\"kind\": \"regex\", {members}, {Examples}")));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static string Mask(DetectionSnapshot snapshot, byte[] text, int first, int then = int.MaxValue)
    {
        using var redactor = new StreamRedactor(snapshot, new RedactionPlan { Rule = FindingAction.Mask });
        var output = new ArrayBufferWriter<byte>();
        for (var (at, length) = (0, first); at < text.Length || length == first; at += length, length = Math.Min(then, text.Length - at))
        {
            Assert.True(redactor.Write(text.AsSpan(at, Math.Min(length, text.Length - at)), output));
            first = -1;
        }

        Assert.True(redactor.Complete(output));
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    private static DetectionRule Rule(string members) =>
        RuleSetLoader.Load([RuleFiles.File(RuleFiles.One($"\"kind\": \"regex\", {members}, {Examples}"))], out var errors)?.Rules[0]
        ?? throw new InvalidOperationException(errors[0].Message);

    private static string Find(DetectionRule rule, string text)
    {
        var found = Search.All(rule, Encoding.ASCII.GetBytes(text));
        return found.Count == 0 ? "" : text.Substring(found[0].Start, found[0].Length);
    }
}
