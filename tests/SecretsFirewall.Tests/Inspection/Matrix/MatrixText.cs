using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Tests.Inspection.Rules;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>One cell of the matrix: an example of a rule, rendered, in a carrier.</summary>
/// <param name="Text">As whoever gets the message reads it.</param>
/// <param name="Secret">As it stands in <paramref name="Text"/>.</param>
/// <param name="Message">As it goes over the wire.</param>
internal sealed record MatrixText(DetectionRule Rule, string Name, byte[] Text, int Start, byte[] Secret, TextCarrier Carrier, byte[] Message)
{
    private static readonly Rendering Alone = new("nothing around it", "", "", 0);

    public static IReadOnlyList<Rendering> Renderings { get; } = [Alone, .. Rendering.All];

    /// <summary>Null where the carrier cannot have such a text.</summary>
    public static MatrixText? Of(DetectionRule rule, RuleExample example, Rendering rendering, TextCarrier carrier)
    {
        var plain = example.Text.Span;
        var (text, start, length) = rendering.Of(
            plain[..example.Start], plain.Slice(example.Start, example.Length), plain[(example.Start + example.Length)..]);
        return carrier.Write(text) is { } message
            ? new MatrixText(rule, $"{rule.Id}: {example.Template} as {rendering.Name} in {carrier.Name}", text, start, text.AsSpan(start, length).ToArray(), carrier, message)
            : null;
    }

    /// <summary>Every positive example of a family's rules that are on, in every rendering and each of these carriers.</summary>
    public static IEnumerable<MatrixText> All(string family, IReadOnlyList<TextCarrier> carriers) =>
        from rule in Enabled(family)
        from example in Positive(rule)
        from rendering in Renderings
        from carrier in carriers
        let text = Of(rule, example, rendering, carrier)
        where text is not null
        select text;

    /// <summary>An example of each of them, another one in each rendering, and the carriers in turn.</summary>
    public static IEnumerable<MatrixText> Some(string family, IReadOnlyList<TextCarrier> carriers)
    {
        var next = 0;
        foreach (var rule in Enabled(family))
        {
            var examples = Positive(rule).Where(example => example.Length <= ManyCuts).DefaultIfEmpty(Positive(rule)[0]).ToList();
            for (var i = 0; i < Renderings.Count; i++)
            {
                var example = examples[i % examples.Count];
                if (Of(rule, example, Renderings[i], carriers[next++ % carriers.Count]) is { } text)
                {
                    yield return text;
                }
            }
        }
    }

    /// <summary>The name: made-up secrets look like real ones.</summary>
    public override string ToString() => Name;

    // The longest keys would take all of the time: their shorter examples are cut at every byte, and keys in HardCasesTests.
    private const int ManyCuts = 600;

    private static IEnumerable<DetectionRule> Enabled(string family) => ShippedRules.Set.Enabled.Where(rule => rule.Description.Family == family);

    private static List<RuleExample> Positive(DetectionRule rule) => [.. rule.MakeExamples().Where(example => example.MustMatch)];
}
