using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>Every rule in every rendering.</summary>
public sealed class RenderingTests
{
    public static TheoryData<string> Ids => ShippedRules.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Matches_PositiveExample_IsFoundInEachRendering(string id)
    {
        var rule = ShippedRules.Set.Find(id)!;
        foreach (var example in rule.MakeExamples().Where(example => example.MustMatch))
        {
            var text = example.Text.Span;
            foreach (var rendering in Rendering.All)
            {
                var (rendered, start, length) = rendering.Of(
                    text[..example.Start], text.Slice(example.Start, example.Length), text[(example.Start + example.Length)..]);

                Assert.True(Search.All(rule, rendered).Contains((start, length)), $"{example.Template} in {rendering.Name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Matches_NegativeExample_IsFoundInNoRendering(string id)
    {
        var rule = ShippedRules.Set.Find(id)!;
        foreach (var example in rule.MakeExamples().Where(example => !example.MustMatch))
        {
            foreach (var rendering in Rendering.All)
            {
                var (rendered, _, _) = rendering.Of(example.Text.Span, [], []);

                Assert.True(Search.All(rule, rendered).Count == 0, $"{example.Template} in {rendering.Name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Matches_ValueInEscapedQuotesBehindItsName_IsFound(string id)
    {
        var rule = ShippedRules.Set.Find(id)!;
        foreach (var example in rule.MakeExamples().Where(example => example.MustMatch && rule.Kind == RuleKind.Assignment))
        {
            var secret = example.Text.Span.Slice(example.Start, example.Length);
            var separators = IsBehindBlank(example.Template) ? [" "] : (string[])["=", ": ", " => "];
            foreach (var quote in (string[])["\"", "\\\"", "\\\\\\\"", "'", "\\u0022"])
            {
                foreach (var separator in separators)
                {
                    var before = $"{rule.Literals[0]}{separator}{quote}";
                    byte[] text = [.. Encoding.ASCII.GetBytes(before), .. secret, .. Encoding.ASCII.GetBytes(quote)];

                    Assert.True(
                        Search.All(rule, text).Contains((before.Length, secret.Length)),
                        $"{before}{{secret}}{quote}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Matches_BytesOutsideOfItsReach_ChangeNothing(string id)
    {
        var rule = ShippedRules.Set.Find(id)!;
        foreach (var example in rule.MakeExamples())
        {
            byte[] text = [.. "first\\n line {"u8, .. example.Text.Span, .. "} and \"more\" text behind it"u8];
            for (var at = 0; at < text.Length; at++)
            {
                if (!rule.Literals.Any(literal => literal.IsAt(text, at)))
                {
                    continue;
                }

                var from = Math.Max(0, at - rule.LookBehind);
                var to = Math.Min(text.Length, at + rule.Reach);
                var whole = rule.Matches(text, at, out var start, out var length, out var confidence);
                var window = rule.Matches(text.AsSpan(from..to), at - from, out var startInWindow, out var lengthInWindow, out var confidenceInWindow);

                Assert.Equal((whole, length, confidence), (window, lengthInWindow, confidenceInWindow));
                Assert.Equal(whole ? start : from, startInWindow + from);
                Assert.True(length <= rule.MaxLength);
            }
        }
    }

    [Fact]
    public void Matches_AnyExample_AllocatesNothing()
    {
        var examples = ShippedRules.Set.Rules.SelectMany(rule => rule.MakeExamples().Take(2).Select(example => (rule, example.Text))).ToList();
        Ask(examples);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Ask(examples);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool IsBehindBlank(string template) =>
        template.Contains("{literal} {secret", StringComparison.Ordinal)
        || template.Contains("{literal} '{secret", StringComparison.Ordinal)
        || template.Contains("{literal} \"{secret", StringComparison.Ordinal);

    private static void Ask(List<(DetectionRule Rule, ReadOnlyMemory<byte> Text)> examples)
    {
        foreach (var (rule, text) in examples)
        {
            for (var at = 0; at < text.Length; at++)
            {
                rule.Matches(text.Span, at, out _, out _, out _);
            }
        }
    }
}
