using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.EndToEnd.Tests.Rules;

/// <summary>A detector with a mistake: it throws wherever its literal stands.</summary>
internal sealed class ThrowingShape : RuleShape
{
    public const string Trigger = "throw_the_detector";

    /// <summary>A rule of this shape.</summary>
    public static DetectionRule Rule { get; } = new(
        new RuleDescription("throws", "test", "nobody", "Throws.", [], IsEnabled: true, "none"),
        RuleKind.Token,
        [new RuleLiteral(Encoding.ASCII.GetBytes(Trigger), 0, IgnoreCase: false)],
        new ThrowingShape(),
        new Acceptance(RuleConfidence.High, 0, [], StopWords.None, RefusesWritten: false, null, false),
        new ExampleTemplates([], []));

    public override int LookBehind => 0;

    public override int Reach(int literalLength) => literalLength;

    public override int MaxLength(int literalLength) => literalLength;

    public override int Context(int literalLength) => 0;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength) => throw new InvalidOperationException("A mistake.");
}
