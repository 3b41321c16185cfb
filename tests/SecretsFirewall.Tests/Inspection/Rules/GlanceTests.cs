using System.Collections.Immutable;
using System.Runtime.Intrinsics.X86;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Detection.Rules.Matching;
using SecretsFirewall.Inspection.Detection.Rules.Scanning;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>A glance may ask rules in vain; where it says no, none of them finds anything or waits for more.</summary>
public sealed class GlanceTests
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // What gaps are made of, and what only looks so.
    private static readonly string[] Pieces =
    [
        "=", ":", ": ", " = ", "\"", "'", "`", "\\", "\\\"", "\\n", "\n", "\r\n", "\t", " ", "  ", "    ", ",", ", ", ";", "(", "(\"", ")", "]", "[", "{",
        "->", "=>", ":=", "==", "!=", "::=", "||=", "??=", "<-", "+=", ".=", "|", ">", "<", "?", "*", "-", "_", ".", "%22", "%3d", "&quot;", "&#34;",
        "\\u0022", "\\u003d", "u003d", "</name>", "</key>", "<string>", "value", "\"value\"", "name", "string", "String?", "b\"", "@\"", "$\"", "f'",
        "bearer ", "Basic ", "api-token ", "key ", "|-\n", ">+\n  ", "n", "r", "u", "v", "foo", "Count", "is", "9", "x1", "é", "\0", "~", "/", "+", "@",
        " & ", "connectionResponse", "performanceImplementationX", "                    ",
    ];

    private static readonly (RuleLiteral Literal, ImmutableArray<DetectionRule> Rules, Glance Glance)[] Glances =
    [
        .. ShippedRules.Set.Rules
            .SelectMany(rule => rule.Literals.Select(literal => (literal, rule)))
            .GroupBy(one => (one.literal.ToString(), one.literal.IgnoreCase))
            .Select(group => (group.First().literal, Rules: group.Select(one => one.rule).ToImmutableArray()))
            .Where(one => Glance.For(one.Rules) is not null)
            .Select(one => (one.literal, one.Rules, Glance.For(one.Rules)!)),
    ];

    [Fact]
    public void MayFind_SaysNo_NoRuleFindsAnythingOrWaits()
    {
        var random = new Random(20_261);
        var (said, found) = (0, 0);
        for (var i = 0; i < 60_000; i++)
        {
            var (literal, rules, glance) = Glances[random.Next(Glances.Length)];
            var whole = Encoding.UTF8.GetBytes("xx " + literal + Behind(random, rules[random.Next(rules.Length)]));
            var text = whole.AsSpan(0, random.Next(3) == 0 ? random.Next(3 + literal.Length, whole.Length + 1) : whole.Length);
            var mayFind = glance.MayFind(text, 3 + literal.Length);
            foreach (var rule in rules)
            {
                var memo = default(GapMemo);
                var match = rule.Match(text, 3, literal.Length, ref memo, out _);
                found += match.IsFound ? 1 : 0;
                Assert.True(mayFind || !(match.IsFound || match.IsOpen), $"{rule.Id}, round {i}");
            }

            said += mayFind ? 0 : 1;
        }

        Assert.InRange(found, 1_000, int.MaxValue);
        Assert.InRange(said, 1_000, int.MaxValue);
    }

    [Theory]
    [InlineData("token is what the client sends with every request that it makes, and so it is in the header of each.")]
    [InlineData("token = reader.Next(12);\\n        var other = reader.Next(13);\\n        return other.Length > 3 ? 1 : 0;\\n    }")]
    [InlineData("tokenCount != null && connection.Length > 3)\\n    {\\n        // this server decodes the message and lets it go")]
    public void MayFind_NameInOrdinaryText_SaysNoWhereItCan(string text)
    {
        var glance = Assert.Single(Glances, one => one.Literal.ToString() == "token").Glance;

        // Without these instructions, names are left to the rules.
        Assert.Equal(!Avx512Vbmi.IsSupported, glance.MayFind(Encoding.ASCII.GetBytes(text), "token".Length));
    }

    private static string Behind(Random random, DetectionRule rule)
    {
        var text = new StringBuilder();
        if (rule.Shape is TokenShape token)
        {
            foreach (var part in token.Body.Parts)
            {
                text.Append(random.Next(12) == 0 ? " " : "");
                text.Append(part.IsText ? Encoding.ASCII.GetString(part.Text)
                    : random.GetString(Encoding.ASCII.GetString(part.Set.Members), random.Next(4) == 0 ? random.Next(part.Max) : part.Min));
            }
        }

        Append(text, random);
        text.Append(random.Next(3) != 0 ? random.GetString(Alphanumeric, random.Next(48)) : "");
        Append(text, random);
        return text.Append(' ').Append(random.GetString("abc def ghi", random.Next(120))).ToString();
    }

    private static void Append(StringBuilder text, Random random)
    {
        for (var count = random.Next(7); count > 0; count--)
        {
            text.Append(Pieces[random.Next(Pieces.Length)]);
        }
    }
}
