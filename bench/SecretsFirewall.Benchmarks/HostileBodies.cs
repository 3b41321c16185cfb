using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Benchmarks;

/// <summary>Bodies that are made to be slow: beginnings of findings without end, and texts that look like secrets all over.</summary>
internal static class HostileBodies
{
    // In two pieces, so that nobody takes this file for a key.
    private const string KeyLine = "-----BEGIN RSA " + "PRIVATE KEY-----";

    /// <summary>What repeats, by the name under which it is reported: an anchor of each kind of rule, and what encodings begin with.</summary>
    private static readonly string[] Repeats =
        ["ghp_", "AKIA", "sk-", "eyJ", "password=\"", "token: ", "api_key=x,", "https://a:", KeyLine, "a1", @"\u0041", "%41"];

    /// <param name="bytes">Of each.</param>
    public static IEnumerable<(string Name, byte[] Body)> Create(int bytes) =>
        Repeats.Select(text => (Quote(text), Repeat(text, bytes))).Append(("base64 image", Image(bytes)));

    /// <summary>The repeats of every literal of every rule; where a value is assigned to it, also with the assignment.</summary>
    public static IEnumerable<(string Name, byte[] Body)> OfLiterals(RuleSet rules, int bytes) =>
        rules.Rules
            .SelectMany(rule => rule.Literals.SelectMany(literal => IsName(rule) ? new[] { $"{literal}", $"{literal}=\"" } : [$"{literal}"]))
            .Distinct()
            .Select(text => (Quote(text), Repeat(text, bytes)));

    private static bool IsName(DetectionRule rule) => rule.Kind is RuleKind.Assignment or RuleKind.Entropy;

    private static string Quote(string text) => $"`{text}`";

    private static byte[] Repeat(string text, int bytes)
    {
        var body = new byte[bytes];
        var pattern = Encoding.ASCII.GetBytes(text);
        for (var i = 0; i < bytes; i++)
        {
            body[i] = pattern[i % pattern.Length];
        }

        return body;
    }

    private static byte[] Image(int bytes)
    {
        var data = new byte[bytes / 4 * 3];
        new Random(7).NextBytes(data);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(data));
    }
}
