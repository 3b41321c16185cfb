using System.Collections.Frozen;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>
/// Anchors that are frequent in ordinary LLM traffic: measured over 16.8 MB of request bodies that hold no secret, case ignored.
/// </summary>
internal static class NoisyAnchors
{
    /// <summary>Per MB; above it an anchor costs more than it finds.</summary>
    public const double MaxHits = 5;

    /// <summary>Per MB; a name with more of these is assigned identifiers and hashes all the time.</summary>
    public const double MaxFalseAssignments = 0.5;

    private static readonly FrozenDictionary<string, double> Hits = new Dictionary<string, double>
    {
        ["id"] = 1717,
        ["s."] = 1634,
        ["ac"] = 1488,
        ["sk"] = 551,
        ["conn"] = 543,
        ["public"] = 508,
        ["user"] = 473,
        ["ey"] = 459,
        ["key"] = 401,
        ["token"] = 311,
        ["client"] = 291,
        ["connection"] = 290,
        ["auth"] = 279,
        ["integrity"] = 201,
        ["hash"] = 125,
        ["private"] = 117,
        ["api"] = 89,
        ["pass"] = 88,
        ["session"] = 65,
        ["cert"] = 57,
        ["test_"] = 46,
        ["access"] = 37,
        ["sg."] = 34,
        ["password"] = 25,
        ["cookie"] = 22,
        ["basic"] = 15,
        ["ext_"] = 15,
        ["secret"] = 12,
        ["uuid"] = 12,
        ["login"] = 12,
        ["credential"] = 12,
        ["seed"] = 9.9,
        ["authorization"] = 9.8,
        ["signature"] = 9.8,
        ["mistral"] = 9.7,
        ["vercel"] = 8.2,
        ["rk_"] = 7.9,
        ["b_"] = 7.9,
        ["account"] = 7.3,
        ["sk_"] = 7,
        ["nonce"] = 6.2,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // A value of ten or more characters with a digit and 3.5 bits of entropy was assigned, and none of them was a secret.
    private static readonly FrozenDictionary<string, double> FalseAssignments = new Dictionary<string, double>
    {
        ["id"] = 331,
        ["integrity"] = 197,
        ["user"] = 4.3,
        ["key"] = 2.1,
        ["ey"] = 2.1,
        ["public"] = 1.8,
        ["api"] = 0.89,
        ["ac"] = 0.77,
        ["conn"] = 0.71,
        ["s."] = 0.6,
        ["client"] = 0.54,
        ["cert"] = 0.54,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static double HitsPerMegabyte(string literal) => Hits.GetValueOrDefault(literal);

    /// <summary>Of all the words above that <paramref name="part"/> stands in.</summary>
    public static double HitsPerMegabyteAround(string part) =>
        Hits.Where(word => word.Key.Contains(part, StringComparison.OrdinalIgnoreCase)).Sum(word => word.Value);

    public static double FalseAssignmentsPerMegabyte(string keyword) => FalseAssignments.GetValueOrDefault(keyword);
}
