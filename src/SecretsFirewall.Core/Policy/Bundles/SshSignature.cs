using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// What <c>ssh-keygen -Y sign</c> writes (OpenSSH, PROTOCOL.sshsig): the signer's key, a namespace, and a signature over both with the hash of the message. Two kinds of
/// keys are read, <c>ecdsa-sha2-nistp256</c> and <c>ssh-ed25519</c>. Each part has one spelling here, so that no byte of it can change.
/// </summary>
internal static class SshSignature
{
    /// <summary>So that a signature which somebody gave for another purpose (git, a file) is none here.</summary>
    public const string Namespace = "policy@secretsfirewall";

    public const string EcdsaType = "ecdsa-sha2-nistp256";

    public const string Ed25519Type = "ssh-ed25519";

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

    /// <summary>Takes a signature apart.</summary>
    /// <param name="publicKey">The trusted key as SSH spells it. The one in the signature must be the same, and is not used.</param>
    /// <param name="signed">What was signed.</param>
    /// <param name="value">The signature over it, as keys of this kind spell it.</param>
    public static bool TryRead(ReadOnlySpan<byte> signature, string keyType, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, out byte[] signed, out byte[] value)
    {
        (signed, value) = ([], []);
        var text = new SshText(signature);
        if (!text.TrySkip(Magic) || !text.TrySkip(Version)
            || !text.TryString(out var key) || !key.SequenceEqual(publicKey)
            || !text.TryString(out var space) || !space.SequenceEqual(Encoding.ASCII.GetBytes(Namespace))
            || !text.TryString(out var reserved) || !reserved.IsEmpty
            || !text.TryString(out var hash)
            || !text.TryString(out var typed) || !text.IsAtEnd)
        {
            return false;
        }

        byte[]? digest = hash switch
        {
            _ when hash.SequenceEqual("sha512"u8) => SHA512.HashData(message),
            _ when hash.SequenceEqual("sha256"u8) => SHA256.HashData(message),
            _ => null,
        };
        var outer = new SshText(typed);
        if (digest is null
            || !outer.TryString(out var type) || !type.SequenceEqual(Encoding.ASCII.GetBytes(keyType))
            || !outer.TryString(out var inner) || !outer.IsAtEnd)
        {
            return false;
        }

        signed = [.. Magic, .. SshText.String(space), .. SshText.String(reserved), .. SshText.String(hash), .. SshText.String(digest)];
        value = inner.ToArray();
        return true;
    }

    /// <summary>The two numbers of an ECDSA signature as .NET takes them: r and s, 32 bytes each.</summary>
    public static bool TryReadNumbers(ReadOnlySpan<byte> value, out byte[] plain)
    {
        plain = new byte[64];
        var text = new SshText(value);
        return text.TryNumber(plain.AsSpan(0, 32)) && text.TryNumber(plain.AsSpan(32)) && text.IsAtEnd;
    }

    /// <summary>A point on P-256 as SSH spells such a key.</summary>
    public static byte[] EcdsaKey(ReadOnlySpan<byte> point) => [.. SshText.String(EcdsaType), .. SshText.String(Curve), .. SshText.String(point)];

    public static byte[] Ed25519Key(ReadOnlySpan<byte> key) => [.. SshText.String(Ed25519Type), .. SshText.String(key)];
}
