using System.Reflection;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Bundles;

/// <summary>The detection rules that the executable brings along: the files of <c>/policies/rules</c>, embedded.</summary>
internal static class ShippedRules
{
    private const string Prefix = "rules/";

    private static readonly Assembly Home = typeof(ShippedRules).Assembly;

    private static readonly Lazy<RuleSet> Loaded = new(() =>
        LoadWith([], out var errors) ?? throw new InvalidOperationException($"The shipped rules do not load: {errors[0]}"));

    /// <summary>All of them, also those that are off until somebody asks for them. Loaded once, at the first call.</summary>
    public static RuleSet Set => Loaded.Value;

    /// <summary>The shipped rules and <paramref name="own"/> as one set. Only the examples of the latter are checked: the others were when this was built.</summary>
    /// <returns>Null if there is any error.</returns>
    public static RuleSet? LoadWith(IReadOnlyList<RuleFile> own, out IReadOnlyList<RuleError> errors) => RuleSetLoader.LoadWith(Files(), own, out errors);

    private static List<RuleFile> Files() =>
        [.. Home.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => new RuleFile(name, Read(name)))];

    private static byte[] Read(string resource)
    {
        using var source = Home.GetManifestResourceStream(resource)!;
        var content = new byte[source.Length];
        source.ReadExactly(content);
        return content;
    }
}
