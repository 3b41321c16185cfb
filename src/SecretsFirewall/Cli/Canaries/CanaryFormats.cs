using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Cli.Canaries;

/// <summary>What a canary can look like: the token formats that the executable knows, and one of no provider. Values are made of the system's random numbers.</summary>
internal static class CanaryFormats
{
    /// <summary>40 letters and digits: an opaque token of nobody's.</summary>
    public const string Plain = "token";

    private const int PlainLength = 40;
    private const string PlainAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static IReadOnlyList<(string Format, string Description)> List() =>
        [(Plain, $"{PlainLength} letters and digits, of no provider"), .. ShippedRules.Set.Enabled.Select(static rule => (rule.Id, rule.Description.Text))];

    /// <summary>Null if there is no such format. The caller clears the value.</summary>
    public static byte[]? Make(string format) => format == Plain
        ? Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString(PlainAlphabet, PlainLength))
        : ShippedRules.Set.Find(format) is { Description.IsEnabled: true } rule ? rule.MakeSecret() : null;
}
