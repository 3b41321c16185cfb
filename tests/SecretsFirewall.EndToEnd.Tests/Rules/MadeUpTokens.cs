using System.Security.Cryptography;

namespace SecretsFirewall.EndToEnd.Tests.Rules;

/// <summary>Tokens in the providers' formats, random and in parts: no file of the repository holds one.</summary>
internal static class MadeUpTokens
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A format that no provider has: a rule of the operator finds it.</summary>
    public static string Own() => "acme" + "_key_" + Random(32);

    public static string GitHub() => "gh" + "p_" + Random(36);

    public static string Stripe() => "sk" + "_live_" + Random(32);

    public static string OpenAi() => $"sk-{"proj"}-{Random(74)}T3Blbk" + $"FJ{Random(74)}";

    /// <summary>Of no format.</summary>
    public static string Opaque() => Random(40);

    // A digit, so that no rule takes it for a word.
    private static string Random(int length) => RandomNumberGenerator.GetString(Base62, length - 2) + "7x";
}
