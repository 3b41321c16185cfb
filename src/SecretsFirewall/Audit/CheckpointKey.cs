using System.Security.Cryptography;

namespace SecretsFirewall.Audit;

/// <summary>A public key that checkpoints and exports are verified with: ECDSA on P-256, nothing else.</summary>
internal sealed class CheckpointKey
{
    public const int SignatureBytes = 64;

    private const string P256 = "1.2.840.10045.3.1.7";
    private const int MostBytes = 200;

    private readonly ECParameters _point;

    private CheckpointKey(byte[] publicKey, ECParameters point)
    {
        PublicKey = publicKey;
        _point = point;
        Id = Convert.ToHexStringLower(SHA256.HashData(publicKey));
    }

    /// <summary>SHA-256 of <see cref="PublicKey"/> in hex.</summary>
    public string Id { get; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public byte[] PublicKey { get; }

    public string Pem => PemEncoding.WriteString("PUBLIC KEY", PublicKey) + "\n";

    /// <summary>Null if this is no such key.</summary>
    public static CheckpointKey? TryRead(ReadOnlySpan<byte> publicKey)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            var point = key.ExportParameters(includePrivateParameters: false);
            return read == publicKey.Length && publicKey.Length <= MostBytes && point.Curve.Oid.Value == P256 ? new CheckpointKey(publicKey.ToArray(), point) : null;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads every <c>BEGIN PUBLIC KEY</c> in a text; null if there is none, or one that is no such key.</summary>
    public static IReadOnlyList<CheckpointKey>? TryReadPem(string text)
    {
        var keys = new List<CheckpointKey>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            var der = new byte[fields.DecodedDataLength];
            if (!rest[fields.Label].SequenceEqual("PUBLIC KEY") || !Convert.TryFromBase64Chars(rest[fields.Base64Data], der, out _) || TryRead(der) is not { } key)
            {
                return null;
            }

            keys.Add(key);
        }

        return keys.Count > 0 ? keys : null;
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create(_point);
        return signature.Length == SignatureBytes && key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <param name="signature">As <c>openssl dgst -sign</c> writes it.</param>
    public bool VerifyDer(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create(_point);
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <param name="signature">In base64.</param>
    public bool Verify(ReadOnlySpan<byte> data, string signature)
    {
        Span<byte> bytes = stackalloc byte[SignatureBytes];
        return Convert.TryFromBase64String(signature, bytes, out var length) && Verify(data, bytes[..length]);
    }
}
