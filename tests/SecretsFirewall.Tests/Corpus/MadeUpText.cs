using System.Text;
using System.Text.RegularExpressions;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Tests.Corpus;

/// <summary>Fills what stands in braces: <c>{base62:36}</c>, <c>{uuid}</c>, <c>{password:14}</c>, <c>{pem:RSA PRIVATE KEY}</c>, <c>{at}</c>.</summary>
internal static partial class MadeUpText
{
    private const int PemLine = 64;
    private const int PemLines = 12;

    /// <param name="seed">The same seed gives the same text.</param>
    public static string Fill(string pattern, string seed)
    {
        var random = new SampleRandom("corpus", seed, 0);
        return Placeholder().Replace(pattern, match => Make(match.Groups[1].Value, match.Groups[2].Value, random));
    }

    private static string Make(string name, string argument, SampleRandom random) => name switch
    {
        "at" => "@", // apart from its user and password no scanner takes it for an address
        "uuid" => string.Join('-', new[] { 8, 4, 4, 4, 12 }.Select(length => Characters("hex", length, random))),
        "password" => Characters("lower", 3, random) + Characters("digit", 2, random) + Characters("upper", 2, random)
            + Characters("base62", int.Parse(argument) - 7, random),
        "pem" => Pem(argument, random),
        _ => Characters(name, int.Parse(argument), random),
    };

    private static string Pem(string label, SampleRandom random)
    {
        var lines = Enumerable.Range(0, PemLines).Select(_ => Characters("base64", PemLine, random));
        return $"-----BEGIN {label}-----\n{string.Join('\n', lines)}\n{Characters("base64", PemLine / 2, random)}\n-----END {label}-----";
    }

    private static string Characters(string alphabet, int length, SampleRandom random) =>
        Encoding.ASCII.GetString(random.From(Alphabets.Parse(alphabet), length));

    [GeneratedRegex(@"\{(at|uuid|password|pem|[a-z0-9_]+(?=:))(?::([0-9]+|[A-Z ]+))?\}")]
    private static partial Regex Placeholder();
}
