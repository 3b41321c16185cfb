using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Approvals;

/// <summary><c>sfwt_</c> and 36 random base62 characters (214 bits): what a person or a program shows to the admin API. Never an agent's token, which begins otherwise.</summary>
internal static class AdminToken
{
    public const string Prefix = "sfwt_";

    public const int Length = 5 + RandomLength;

    private const int RandomLength = 36;

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> AlphabetValues = SearchValues.Create(Alphabet);

    public static string Create() => Prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength);

    /// <summary>SHA-256; it needs no salt and no stretching: nobody guesses 214 bits. Null for what is no such token.</summary>
    public static byte[]? Hash(string token) =>
        token.Length == Length && token.StartsWith(Prefix, StringComparison.Ordinal) && token.AsSpan(Prefix.Length).IndexOfAnyExcept(AlphabetValues) < 0
            ? SHA256.HashData(Encoding.ASCII.GetBytes(token))
            : null;
}
