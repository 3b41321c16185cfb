using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>The slow and obvious scan: ask the rule at every place.</summary>
internal static class Search
{
    public static List<(int Start, int Length)> All(DetectionRule rule, ReadOnlySpan<byte> text)
    {
        var found = new List<(int, int)>();
        for (var at = 0; at < text.Length; at++)
        {
            if (rule.Matches(text, at, out var start, out var length, out _))
            {
                found.Add((start, length));
            }
        }

        return found;
    }
}
