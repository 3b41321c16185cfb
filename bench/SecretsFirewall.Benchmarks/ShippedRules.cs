using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Benchmarks;

/// <summary>The rules of <c>/policies/rules</c>, from beside the executable.</summary>
internal static class ShippedRules
{
    private static readonly Lazy<RuleSet> Loaded = new(() => RuleSetLoader.LoadShipped([.. Files()], out var errors)
        ?? throw new InvalidOperationException($"The shipped rules do not load: {errors[0]}"));

    public static RuleSet Set => Loaded.Value;

    /// <summary>Those that are in force where nobody says anything.</summary>
    public static IReadOnlyList<DetectionRule> Enabled { get; } = [.. Set.Enabled];

    private static IEnumerable<RuleFile> Files() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "rules"), "*.json")
            .Select(path => new RuleFile(Path.GetFileName(path), File.ReadAllBytes(path)));
}
