using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Canaries;

/// <summary>What a canary can look like: the token formats that the executable knows, and one of no provider. Values are made of the system's random numbers.</summary>
internal static class CanaryFormats
{
    /// <summary>40 letters and digits: an opaque token of nobody's.</summary>
    public const string Plain = "token";

    private const int PlainLength = 40;
    private const string PlainAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Resources = "rules/";

    private static readonly Lazy<RuleSet> Rules = new(Load);

    public static IReadOnlyList<(string Format, string Description)> List() =>
        [(Plain, $"{PlainLength} letters and digits, of no provider"), .. Rules.Value.Enabled.Select(static rule => (rule.Id, rule.Description.Text))];

    /// <summary>Null if there is no such format. The caller clears the value.</summary>
    public static byte[]? Make(string format) => format == Plain
        ? Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString(PlainAlphabet, PlainLength))
        : Rules.Value.Find(format) is { Description.IsEnabled: true } rule ? rule.MakeSecret() : null;

    private static RuleSet Load()
    {
        var home = typeof(CanaryFormats).Assembly;
        var files = home.GetManifestResourceNames().Where(static name => name.StartsWith(Resources, StringComparison.Ordinal)).Select(name =>
        {
            using var source = home.GetManifestResourceStream(name)!;
            var content = new byte[source.Length];
            source.ReadExactly(content);
            return new RuleFile(name[Resources.Length..], content);
        });
        return RuleSetLoader.LoadShipped([.. files], out var errors)
            ?? throw new InvalidOperationException($"The shipped rules do not load: {errors[0]}");
    }
}
