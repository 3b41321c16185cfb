using System.Security.Cryptography;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>A public key that may sign, as the root of trust lists it.</summary>
internal sealed class TrustedKey
{
    private const int PointLength = 65;

    // The key itself, at the end of its DER: a point of P-256, or the 32 bytes of Ed25519.
    private readonly byte[] _plain;

    private TrustedKey(string name, KeyAlgorithm algorithm, byte[] publicKey, byte[] plain, DateTimeOffset? expiresAt)
    {
        Name = name;
        Algorithm = algorithm;
        PublicKey = publicKey;
        ExpiresAt = expiresAt;
        _plain = plain;
        Id = Convert.ToHexStringLower(SHA256.HashData(publicKey));
    }

    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING } before an uncompressed point (RFC 5480): the one spelling that is taken, so
    // that no library is asked about curves that a stranger names.
    private static ReadOnlySpan<byte> P256 =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];

    // The same with id-Ed25519 (RFC 8410).
    private static ReadOnlySpan<byte> Ed25519Prefix => [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of <see cref="PublicKey"/> in hex: also the key's fingerprint.</summary>
    public string Id { get; }

    public KeyAlgorithm Algorithm { get; }

    /// <summary>DER SubjectPublicKeyInfo; on P-256 with a named curve and an uncompressed point: one key has one spelling, and so one id.</summary>
    public byte[] PublicKey { get; }

    /// <summary>From then on it signs nothing new; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>Null if this is not a key of this kind, or not spelt as it should be.</summary>
    public static TrustedKey? TryCreate(string name, KeyAlgorithm algorithm, byte[] publicKey, DateTimeOffset? expiresAt = null)
    {
        if (algorithm is KeyAlgorithm.SshEd25519)
        {
            return publicKey.AsSpan().StartsWith(Ed25519Prefix) && Ed25519.IsKey(publicKey.AsSpan(Ed25519Prefix.Length))
                ? new TrustedKey(name, algorithm, publicKey, publicKey[Ed25519Prefix.Length..], expiresAt)
                : null;
        }

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

    public TrustedKey With(string name, DateTimeOffset? expiresAt) => new(name, Algorithm, PublicKey, _plain, expiresAt);

    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;

    /// <summary>A key <c>ssh-ed25519</c>; null if it is none.</summary>
    public static TrustedKey? OfEd25519(string name, ReadOnlySpan<byte> key) => TryCreate(name, KeyAlgorithm.SshEd25519, [.. Ed25519Prefix, .. key]);

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => Algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => VerifyPlain(data, signature),
        KeyAlgorithm.SshEcdsaP256 =>
            SshSignature.TryRead(signature, SshSignature.EcdsaType, SshSignature.EcdsaKey(_plain), data, out var signed, out var value)
            && SshSignature.TryReadNumbers(value, out var plain) && VerifyPlain(signed, plain),
        KeyAlgorithm.SshEd25519 =>
            SshSignature.TryRead(signature, SshSignature.Ed25519Type, SshSignature.Ed25519Key(_plain), data, out var signed, out var value)
            && Ed25519.Verify(_plain, signed, value),
        _ => false,
    };

    private bool VerifyPlain(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKey, out _);
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
