using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// What <c>ssh-keygen -Y sign</c> writes (OpenSSH, PROTOCOL.sshsig): the signer's key, a namespace, and a signature over both with the hash of the message. One
/// kind of key is read, <c>ecdsa-sha2-nistp256</c>: .NET has no Ed25519. Each part has one spelling here, so that no byte of it can change.
/// </summary>
internal static class SshSignature
{
    /// <summary>So that a signature which somebody gave for another purpose (git, a file) is none here.</summary>
    public const string Namespace = "policy@secretsfirewall";

    public const string KeyType = "ecdsa-sha2-nistp256";

    private const string Curve = "nistp256";
    private const string Begin = "-----BEGIN SSH SIGNATURE-----";
    private const string End = "-----END SSH SIGNATURE-----";

    private static ReadOnlySpan<byte> Magic => "SSHSIG"u8;

    private static ReadOnlySpan<byte> Version => [0, 0, 0, 1];

    /// <summary>From the file that <c>ssh-keygen</c> writes to the bytes in it; null if it is none.</summary>
    public static byte[]? FromArmour(string text)
    {
        var trimmed = text.Trim();
        if (!trimmed.StartsWith(Begin, StringComparison.Ordinal) || !trimmed.EndsWith(End, StringComparison.Ordinal) || trimmed.Length < Begin.Length + End.Length)
        {
            return null;
        }

        var base64 = trimmed[Begin.Length..^End.Length].ReplaceLineEndings("");
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>Takes a signature apart, and makes of it what a key on P-256 verifies.</summary>
    /// <param name="point">The trusted key's point. The one in the signature must be the same, and is not used.</param>
    /// <param name="signed">What was signed.</param>
    /// <param name="plain">r and s.</param>
    public static bool TryRead(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, out byte[] signed, out byte[] plain)
    {
        signed = [];
        plain = new byte[64];
        var text = new SshText(signature);
        if (!text.TrySkip(Magic) || !text.TrySkip(Version)
            || !text.TryString(out var key) || !key.SequenceEqual(PublicKey(point))
            || !text.TryString(out var space) || !space.SequenceEqual(Encoding.ASCII.GetBytes(Namespace))
            || !text.TryString(out var reserved) || !reserved.IsEmpty
            || !text.TryString(out var hash)
            || !text.TryString(out var value) || !text.IsAtEnd)
        {
            return false;
        }

        byte[]? digest = hash switch
        {
            _ when hash.SequenceEqual("sha512"u8) => SHA512.HashData(message),
            _ when hash.SequenceEqual("sha256"u8) => SHA256.HashData(message),
            _ => null,
        };
        var outer = new SshText(value);
        if (digest is null
            || !outer.TryString(out var type) || !type.SequenceEqual(Encoding.ASCII.GetBytes(KeyType))
            || !outer.TryString(out var numbers) || !outer.IsAtEnd)
        {
            return false;
        }

        var inner = new SshText(numbers);
        signed = [.. Magic, .. SshText.String(space), .. SshText.String(reserved), .. SshText.String(hash), .. SshText.String(digest)];
        return inner.TryNumber(plain.AsSpan(0, 32)) && inner.TryNumber(plain.AsSpan(32)) && inner.IsAtEnd;
    }

    /// <summary>A public key as SSH spells it.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> point) => [.. SshText.String(KeyType), .. SshText.String(Curve), .. SshText.String(point)];
}
