using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>Adds signatures to envelopes: with a private key, or with what another tool has signed.</summary>
internal static class BundleSigner
{
    public static Envelope Sign(Envelope envelope, ECDsa key)
    {
        var signature = key.SignData(envelope.SignedBytes(), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        return envelope.With(new EnvelopeSignature(id, signature));
    }

    /// <param name="signature">An SSH signature file, or the DER or plain bytes of an ECDSA signature, over <see cref="Envelope.SignedBytes()"/>.</param>
    /// <returns>Null if it is not a signature of this key over this envelope.</returns>
    public static Envelope? Attach(Envelope envelope, TrustedKey key, ReadOnlySpan<byte> signature)
    {
        var bytes = key.Algorithm is not KeyAlgorithm.EcdsaP256
            ? SshSignature.FromArmour(Encoding.UTF8.GetString(signature))
            : signature.Length == 64 ? signature.ToArray() : FromDer(signature);
        return bytes is not null && key.Verify(envelope.SignedBytes(), bytes) ? envelope.With(new EnvelopeSignature(key.Id, bytes)) : null;
    }

    // What openssl writes: SEQUENCE { r INTEGER, s INTEGER }.
    private static byte[]? FromDer(ReadOnlySpan<byte> der)
    {
        try
        {
            var reader = new AsnReader(der.ToArray(), AsnEncodingRules.DER);
            var sequence = reader.ReadSequence();
            var (r, s) = (sequence.ReadInteger(), sequence.ReadInteger());
            sequence.ThrowIfNotEmpty();
            reader.ThrowIfNotEmpty();
            var plain = new byte[64];
            return TryWrite(r, plain.AsSpan(0, 32)) && TryWrite(s, plain.AsSpan(32)) ? plain : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool TryWrite(BigInteger number, Span<byte> into)
    {
        if (number.Sign <= 0 || number.GetByteCount(isUnsigned: true) > into.Length)
        {
            return false;
        }

        var length = number.GetByteCount(isUnsigned: true);
        return number.TryWriteBytes(into[(into.Length - length)..], out _, isUnsigned: true, isBigEndian: true);
    }
}
