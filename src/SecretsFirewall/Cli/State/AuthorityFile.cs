using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.State;

/// <summary>The CA's certificate as it is shown: the public part alone.</summary>
internal static class AuthorityFile
{
    public static CaReply Describe(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return new CaReply(
            pem,
            certificate.Subject,
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
    }
}
