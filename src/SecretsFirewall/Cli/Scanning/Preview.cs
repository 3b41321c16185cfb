using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// What may be shown of a secret: the fixed text that its format begins with, which every secret of that format has, and its length. No
/// character that is the secret's own.
/// </summary>
internal static class Preview
{
    public static string Of(DetectionRule? rule, ReadOnlySpan<byte> secret)
    {
        var prefix = "";
        if (rule is { Kind: RuleKind.Token or RuleKind.Block })
        {
            foreach (var literal in rule.Literals)
            {
                prefix = literal.Offset == 0 && literal.Length > prefix.Length && literal.Length < secret.Length && literal.IsAt(secret, 0) ? literal.ToString() : prefix;
            }
        }

        return $"{prefix}… ({secret.Length} bytes)";
    }
}
