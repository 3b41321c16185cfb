using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Rules that no policy can switch off.</summary>
internal static class BuiltInRules
{
    // 30 random characters and a CRC-32 of six; a wrong checksum does not suppress: a mistyped token is still most of a secret.
    private const int AgentTokenBody = 36;

    /// <summary>
    /// Our agents' own tokens: they stand in <c>HTTPS_PROXY</c>, which models get to see. And those of the admin plane (<c>sfwt_</c>), which no agent should ever hold.
    /// </summary>
    public static DetectionRule AgentToken { get; } = new(
        new RuleDescription("sfw-agent-token", "built-in", "secrets-firewall", "Token of one of this firewall's own agents.", [], true, "own: DESIGN.md section 4"),
        RuleKind.Token,
        [new RuleLiteral("sfwa_"u8.ToArray(), 0, IgnoreCase: false), new RuleLiteral("sfwt_"u8.ToArray(), 0, IgnoreCase: false)],
        new TokenShape(
            new PartSequence([]),
            new PartSequence([new TokenPart(Alphabets.Parse("base62"), AgentTokenBody, AgentTokenBody)]),
            new Boundaries(ByteSet.Empty, ByteSet.Empty)),
        new Acceptance(RuleConfidence.High, 0, [], StopWords.None, RefusesWritten: false, null, ChecksumRequired: false),
        new ExampleTemplates(["{literal}"], ["{literal}"]));
}
