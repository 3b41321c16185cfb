using System.Security.Cryptography;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>A public key that may sign, as the root of trust lists it.</summary>
internal sealed class TrustedKey
{
    private const int PointLength = 65;

    private readonly byte[] _point;

    private TrustedKey(string name, KeyAlgorithm algorithm, byte[] publicKey, byte[] point, DateTimeOffset? expiresAt)
    {
        Name = name;
        Algorithm = algorithm;
        PublicKey = publicKey;
        ExpiresAt = expiresAt;
        _point = point;
        Id = Convert.ToHexStringLower(SHA256.HashData(publicKey));
    }

    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING } before an uncompressed point (RFC 5480): the one spelling that is taken, so
    // that no library is asked about curves that a stranger names.
    private static ReadOnlySpan<byte> P256 =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of <see cref="PublicKey"/> in hex: also the key's fingerprint.</summary>
    public string Id { get; }

    public KeyAlgorithm Algorithm { get; }

    /// <summary>DER SubjectPublicKeyInfo with a named curve and an uncompressed point: one key has one spelling, and so one id.</summary>
    public byte[] PublicKey { get; }

    /// <summary>From then on it signs nothing new; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>Null if this is not a key on P-256, or not spelt as it should be.</summary>
    public static TrustedKey? TryCreate(string name, KeyAlgorithm algorithm, byte[] publicKey, DateTimeOffset? expiresAt = null)
    {
        if (publicKey.Length != P256.Length - 1 + PointLength || !publicKey.AsSpan().StartsWith(P256))
        {
            return null;
        }

        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _); // refuses what is not on the curve
            return new TrustedKey(name, algorithm, publicKey, publicKey[^PointLength..], expiresAt);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public TrustedKey With(string name, DateTimeOffset? expiresAt) => new(name, Algorithm, PublicKey, _point, expiresAt);

    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (Algorithm is KeyAlgorithm.SshEcdsaP256)
        {
            return SshSignature.TryRead(signature, _point, data, out var signed, out var plain) && VerifyPlain(signed, plain);
        }

        return VerifyPlain(data, signature);
    }

    private bool VerifyPlain(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKey, out _);
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
