using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Benchmarks;

/// <summary>Registries of made-up tokens of 20 to 56 characters, some with a common prefix, from a fixed seed.</summary>
internal static class Registries
{
    private const string Base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static readonly RedactionPlan MaskAll = new()
    {
        Registered = FindingAction.Mask,
        Rule = FindingAction.Mask,
        Entropy = FindingAction.Mask,
        Reference = FindingAction.Pass,
    };

    public static IReadOnlyCollection<RegisteredValue> Values(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(i => new RegisteredValue(
            SecretName.Create($"s{i}"),
            Encoding.ASCII.GetBytes((i % 4 == 0 ? "svc_live_" : "") + random.GetString(Base62, random.Next(20, 48)))))];
    }

    public static DetectionSnapshot Snapshot(int count, IReadOnlyList<DetectionRule> rules) => DetectionSnapshot.Build([.. Values(count)], new byte[32], rules);
}
