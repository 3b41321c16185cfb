using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Policies;

/// <summary>Keys that sign policies, as files: <c>NAME.key</c> (PKCS#8 in PEM, 0600) and <c>NAME.pub</c>; in the home, or wherever a path says.</summary>
internal static class SigningKeys
{
    public const string PrivateExtension = ".key";

    public const string PublicExtension = ".pub";

    /// <summary>Makes a pair. Null with one sentence where it cannot be; a file that is there is never overwritten.</summary>
    public static TrustedKey? Create(string folder, string name, out string problem)
    {
        var (keyFile, publicFile) = (Path.Combine(folder, name + PrivateExtension), Path.Combine(folder, name + PublicExtension));
        try
        {
            if (File.Exists(publicFile))
            {
                problem = $"{publicFile} exists; a key is never overwritten.";
                return null;
            }

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using (var file = PrivateFile.Create(keyFile))
            {
                var pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
                file.Write(pem);
                file.Flush(flushToDisk: true);
                CryptographicOperations.ZeroMemory(pem);
            }

            PrivateFile.Write(publicFile, key.ExportSubjectPublicKeyInfoPem() + "\n");
            problem = "";
            return TrustedKey.TryCreate(name, KeyAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"The key cannot be written: {e.Message}";
            return null;
        }
    }

    /// <summary>Opens a private key: a file, or one of the home by its name. The caller disposes it.</summary>
    public static ECDsa? Open(FirewallHome home, string nameOrPath, out string problem)
    {
        var path = File.Exists(nameOrPath) ? nameOrPath : Path.Combine(home.PolicyKeys, nameOrPath + PrivateExtension);
        if (!File.Exists(path))
        {
            problem = $"There is no private key {nameOrPath}, neither as a file nor in {home.PolicyKeys}.";
            return null;
        }

        if (!PrivateFile.IsPrivate(path))
        {
            problem = $"Other users can read the private key {path}. Run: chmod 600 {path}";
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (TrustedKey.TryCreate("key", KeyAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo()) is not null)
            {
                problem = "";
                return key;
            }

            problem = $"The key {path} is not on the curve P-256.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            problem = $"{path} holds no private key in PEM that can be read here (ECDSA P-256, without a passphrase).";
        }

        key.Dispose();
        return null;
    }

    /// <summary>Reads a public key: a file, or one of the home by its name.</summary>
    /// <param name="isOurs">It is one of the home.</param>
    public static TrustedKey? ReadPublic(FirewallHome home, string nameOrPath, string? name, out bool isOurs, out string problem)
    {
        var own = Path.Combine(home.PolicyKeys, nameOrPath + PublicExtension);
        isOurs = !File.Exists(nameOrPath) && File.Exists(own);
        try
        {
            return PublicKeyText.TryRead(name ?? Path.GetFileNameWithoutExtension(nameOrPath), File.ReadAllText(isOurs ? own : nameOrPath), out problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"There is no public key {nameOrPath}, neither as a file nor in {home.PolicyKeys}.";
            return null;
        }
    }

    /// <summary>The names of the private keys in the home.</summary>
    public static IReadOnlyList<string> Names(FirewallHome home) => Directory.Exists(home.PolicyKeys)
        ? [.. Directory.EnumerateFiles(home.PolicyKeys, "*" + PrivateExtension).Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)]
        : [];
}
