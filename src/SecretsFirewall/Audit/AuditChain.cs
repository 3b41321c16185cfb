using System.Security.Cryptography;

namespace SecretsFirewall.Audit;

/// <summary>What holds the records together.</summary>
internal static class AuditChain
{
    /// <summary>What the first record names as the one before.</summary>
    public static string Start { get; } = new('0', SHA256.HashSizeInBytes * 2);

    /// <summary>SHA-256 as 64 lower-case hex digits.</summary>
    public static string Hash(ReadOnlySpan<byte> canonicalJson)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonicalJson, hash);
        return Convert.ToHexStringLower(hash);
    }
}
