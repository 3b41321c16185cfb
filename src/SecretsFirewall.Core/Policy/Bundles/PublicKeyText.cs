using System.Security.Cryptography;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>Public keys as people hand them around: PEM (<c>BEGIN PUBLIC KEY</c>), or the one line of an OpenSSH <c>.pub</c> file.</summary>
internal static class PublicKeyText
{
    private const int PointLength = 65;

    public static TrustedKey? TryRead(string name, string text, out string problem)
    {
        problem = "";
        var trimmed = text.Trim();
        if (trimmed.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal))
        {
            var key = FromPem(name, trimmed);
            problem = key is null ? "This is no public key of ECDSA on the curve P-256." : "";
            return key;
        }

        if (trimmed.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            problem = "This is a private key. Its public half is wanted, and nobody else should see this one.";
            return null;
        }

        var words = trimmed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 2 && FromSsh(name, words[0], words[1]) is { } ssh)
        {
            return ssh;
        }

        problem = words.Length >= 2 && words[0].StartsWith("ssh-", StringComparison.Ordinal)
            ? $"Of SSH keys only {SshSignature.Ed25519Type} and {SshSignature.EcdsaType} can be verified here: ssh-keygen -t ed25519"
            : $"This is no public key: PEM (BEGIN PUBLIC KEY) or one line that begins with {SshSignature.Ed25519Type} or {SshSignature.EcdsaType} is expected.";
        return null;
    }

    private static TrustedKey? FromPem(string name, string text)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(text);
            return TrustedKey.TryCreate(name, KeyAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo());
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static TrustedKey? FromSsh(string name, string type, string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            return null;
        }

        var blob = bytes.AsSpan(0, length);
        return type switch
        {
            SshSignature.EcdsaType => FromEcdsa(name, blob),
            SshSignature.Ed25519Type => FromEd25519(name, blob),
            _ => null,
        };
    }

    private static TrustedKey? FromEd25519(string name, ReadOnlySpan<byte> blob)
    {
        var text = new SshText(blob);
        return text.TryString(out _) && text.TryString(out var key) && SshSignature.Ed25519Key(key).AsSpan().SequenceEqual(blob) ? TrustedKey.OfEd25519(name, key) : null;
    }

    private static TrustedKey? FromEcdsa(string name, ReadOnlySpan<byte> blob)
    {
        var text = new SshText(blob);
        if (!text.TryString(out _) || !text.TryString(out _) || !text.TryString(out var point)
            || point.Length != PointLength || point[0] != 4 || !SshSignature.EcdsaKey(point).AsSpan().SequenceEqual(blob))
        {
            return null;
        }

        try
        {
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
            });
            return TrustedKey.TryCreate(name, KeyAlgorithm.SshEcdsaP256, key.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            return null; // not on the curve
        }
    }
}
