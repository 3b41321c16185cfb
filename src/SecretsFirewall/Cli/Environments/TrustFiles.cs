using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SecretsFirewall.Cli.Environments;

/// <summary>
/// The files that CA variables point to: the system's roots and our CA together, since most of those variables replace the roots that a
/// runtime has, and one with ours alone would break every TLS connection that does not go through us.
/// </summary>
internal static class TrustFiles
{
    /// <summary>Where distributions keep their roots as one PEM file.</summary>
    private static readonly string[] SystemBundles =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];

    /// <summary>Writes the bundle, and the Java store where <paramref name="forJava"/>, unless they are as they should be.</summary>
    public static void Refresh(AuthorityFiles authority, bool forJava)
    {
        var caPem = File.ReadAllText(authority.Certificate);
        var bundle = Encoding.UTF8.GetBytes($"{SystemRoots().TrimEnd()}\n{caPem.TrimEnd()}\n");
        var current = File.Exists(authority.Bundle) && File.ReadAllBytes(authority.Bundle).AsSpan().SequenceEqual(bundle);
        if (!current)
        {
            PrivateFile.Write(authority.Bundle, bundle);
        }

        if (forJava && !(current && File.Exists(authority.JavaTrustStore)))
        {
            JavaTrustStores.TryCreate(authority.Certificate, authority.JavaTrustStore);
        }
    }

    /// <summary>The Java store, made if there is Java here; null if there is none or it could not be made.</summary>
    public static string? JavaStoreFor(AuthorityFiles authority)
    {
        if (ExecutablePath.Find("keytool") is null)
        {
            return null;
        }

        Refresh(authority, forJava: true);
        return File.Exists(authority.JavaTrustStore) ? authority.JavaTrustStore : null;
    }

    private static string SystemRoots()
    {
        var file = SystemBundles.FirstOrDefault(File.Exists);
        if (file is not null)
        {
            return File.ReadAllText(file);
        }

        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        return string.Join('\n', store.Certificates.Select(c => c.ExportCertificatePem()));
    }
}
