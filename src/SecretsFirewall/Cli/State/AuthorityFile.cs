using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.Admin;
using SecretsFirewall.Interception;

namespace SecretsFirewall.Cli.State;

/// <summary>The CA's certificate as it is shown: the public part alone.</summary>
internal static class AuthorityFile
{
    /// <summary>Whether a file holds a certificate with constraints; false where none can be read.</summary>
    public static bool IsConstrained(string file)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            return NameConstraints.Of(certificate) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }
    }

    public static CaReply Describe(string? agent, string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        var constraints = NameConstraints.Of(certificate);
        return new CaReply(
            agent,
            pem,
            certificate.Subject,
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            constraints is null ? null : [.. constraints.Domains, .. constraints.Addresses.Select(static address => address.ToString())]);
    }
}
