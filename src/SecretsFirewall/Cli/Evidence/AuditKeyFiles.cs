using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>
/// The installation's key that signs checkpoints, in <c>keys/audit</c>: <c>current.key</c> (PKCS#8 in PEM, 0600), and the public half of every
/// key there ever was as <c>ID.pub</c>, so that what an old one signed can still be verified.
/// </summary>
internal static class AuditKeyFiles
{
    private const string PublicExtension = ".pub";

    /// <summary>Makes the first key, if there never was one. Null, or one sentence that says what is wrong.</summary>
    public static string? CreateMissing(FirewallHome home)
    {
        if (File.Exists(home.AuditKey))
        {
            return null;
        }

        if (PublicKeys(home).Count > 0)
        {
            return $"The key that signs the audit log, {home.AuditKey}, is missing. Restore it from a backup; if it is lost, move the .pub files beside it elsewhere, and a new one is made that nobody vouches for.";
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(home, key);
        return null;
    }

    /// <summary>Null with one sentence where the key cannot be used.</summary>
    public static CheckpointSigner? Open(FirewallHome home, out string problem)
    {
        if (!PrivateFile.IsPrivate(home.AuditKey))
        {
            problem = $"Other users can read the key that signs the audit log. Run: chmod 600 {home.AuditKey}, and sfw audit key rotate, if somebody may have read it.";
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(home.AuditKey));
            if (CheckpointSigner.TryCreate(key) is { } signer)
            {
                problem = "";
                return signer;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
        }

        problem = $"The key that signs the audit log, {home.AuditKey}, is damaged. Restore it from a backup.";
        return null;
    }

    /// <summary>A new key in the place of the one before, which is gone then but for its public half.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static CheckpointSigner Replace(FirewallHome home)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(home, key);
        return CheckpointSigner.TryCreate(key)!;
    }

    /// <summary>Of all keys there ever were; what is no key is passed over.</summary>
    public static IReadOnlyList<CheckpointKey> PublicKeys(FirewallHome home)
    {
        var keys = new List<CheckpointKey>();
        if (!Directory.Exists(home.AuditKeys))
        {
            return keys;
        }

        foreach (var file in Directory.EnumerateFiles(home.AuditKeys, "*" + PublicExtension).Order(StringComparer.Ordinal))
        {
            keys.AddRange(CheckpointKey.TryReadPem(File.ReadAllText(file)) ?? []);
        }

        return keys;
    }

    // The public half first: a signature that nobody can verify is worth nothing.
    private static void Write(FirewallHome home, ECDsa key)
    {
        var publicKey = CheckpointKey.TryRead(key.ExportSubjectPublicKeyInfo())!;
        PrivateFile.Write(Path.Combine(home.AuditKeys, publicKey.Id + PublicExtension), publicKey.Pem);
        var pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFile.Write(home.AuditKey, pem);
        CryptographicOperations.ZeroMemory(pem);
    }
}
