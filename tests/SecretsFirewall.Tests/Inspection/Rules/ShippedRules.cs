using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>The rules of <c>/policies/rules</c>, loaded once.</summary>
internal static class ShippedRules
{
    private static readonly Lazy<(RuleSet? Set, IReadOnlyList<RuleError> Errors)> Loaded = new(() =>
    {
        var set = RuleSetLoader.Load(Files(), out var errors);
        return (set, errors);
    });

    public static RuleSet Set => Loaded.Value.Set ?? throw new InvalidOperationException("The shipped rules do not load.");

    public static IReadOnlyList<RuleError> Errors => Loaded.Value.Errors;

    public static TheoryData<string> Ids => [.. Set.Rules.Select(rule => rule.Id)];

    public static List<RuleFile> Files() =>
        [.. Directory.GetFiles(Path.Combine(Repository.Policies, "rules"), "*.json").Select(path => new RuleFile(Path.GetFileName(path), File.ReadAllBytes(path)))];
}
