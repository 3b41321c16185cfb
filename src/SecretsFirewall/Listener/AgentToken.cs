using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Listener;

/// <summary>
/// <c>sfwa_</c>, 30 random base62 characters (178 bits), and their CRC-32 (ISO-HDLC, as in gzip) in 6 base62 characters, most significant
/// first, over the 30: the layout of GitHub's tokens. The checksum tells a token from text that looks like one; it protects nothing.
/// </summary>
internal static class AgentToken
{
    public const int Length = 5 + RandomLength + ChecksumLength;

    private const int RandomLength = 30;
    private const int ChecksumLength = 6;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static ReadOnlySpan<byte> Prefix => "sfwa_"u8;

    public static string Create() => string.Create(Length, 0, static (token, _) =>
    {
        Encoding.ASCII.GetChars(Prefix, token);
        var random = token.Slice(Prefix.Length, RandomLength);
        RandomNumberGenerator.GetItems(Alphabet, random);
        WriteChecksum(random, token[^ChecksumLength..]);
    });

    public static bool IsWellFormed(ReadOnlySpan<char> token)
    {
        if (token.Length != Length || !token.StartsWith("sfwa_", StringComparison.Ordinal))
        {
            return false;
        }

        var random = token.Slice(Prefix.Length, RandomLength);
        foreach (var c in random)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                return false;
            }
        }

        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(random, checksum);
        return token[^ChecksumLength..].SequenceEqual(checksum);
    }

    /// <summary>SHA-256 of a well-formed token. It needs no salt and no stretching: nobody guesses 178 bits.</summary>
    public static void Hash(ReadOnlySpan<char> token, Span<byte> hash)
    {
        Span<byte> ascii = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(token, ascii);
        SHA256.HashData(ascii, hash);
        CryptographicOperations.ZeroMemory(ascii);
    }

    private static void WriteChecksum(ReadOnlySpan<char> random, Span<char> text)
    {
        var rest = Crc32(random);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(rest % (uint)Alphabet.Length)];
            rest /= (uint)Alphabet.Length;
        }
    }

    private static uint Crc32(ReadOnlySpan<char> ascii)
    {
        var crc = uint.MaxValue;
        foreach (var c in ascii)
        {
            crc ^= (byte)c;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320u & (uint)-(int)(crc & 1));
            }
        }

        return ~crc;
    }
}
