using System.Security.Cryptography;

namespace SecretsFirewall.Vault;

/// <summary>
/// AES-256-GCM with a random 96-bit nonce: <c>format (1) | nonce (12) | tag (16) | ciphertext</c>. The associated data names the row, so that
/// a value moved to another row, or an older value put back under a newer version, does not open. One key seals far fewer than the
/// 2^32 values that random nonces allow (NIST SP 800-38D section 8.3).
/// </summary>
internal static class SealedValue
{
    public const int Overhead = 1 + NonceLength + TagLength;

    private const byte Format = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static AesGcm CreateCipher(ReadOnlySpan<byte> key) => new(key, TagLength);

    public static byte[] Seal(AesGcm cipher, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var output = new byte[Overhead + plain.Length];
        output[0] = Format;
        var nonce = output.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        cipher.Encrypt(nonce, plain, output.AsSpan(Overhead), output.AsSpan(1 + NonceLength, TagLength), associated);
        return output;
    }

    /// <summary>The length of what <paramref name="box"/> holds.</summary>
    public static int PlainLength(ReadOnlySpan<byte> box) => Math.Max(0, box.Length - Overhead);

    /// <summary>Opens into <paramref name="plain"/>, which has exactly <see cref="PlainLength"/> bytes; false (and cleared) if it is not ours or not whole.</summary>
    public static bool TryOpen(AesGcm cipher, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated, Span<byte> plain)
    {
        if (box.Length < Overhead || box[0] != Format)
        {
            return false;
        }

        try
        {
            cipher.Decrypt(box.Slice(1, NonceLength), box[Overhead..], box.Slice(1 + NonceLength, TagLength), plain, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
