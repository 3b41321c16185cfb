using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Whom the upstream leg believes: the system's authorities and the operator's <c>upstream.ca_files</c>, chain and name both checked,
/// TLS 1.2 at least. Revocation is not checked: most clients do not, and a stalled responder would stop every agent.
/// </summary>
internal sealed class UpstreamTrust(X509Certificate2Collection extraRoots)
{
    public SslClientAuthenticationOptions Options => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = extraRoots.Count > 0 ? Validate : null,
    };

    /// <summary>Loads PEM bundles. Throws for a file that is missing or holds no certificate, so that a typing error is found at start.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read or holds no certificate.</exception>
    public static UpstreamTrust Load(IReadOnlyList<string> files)
    {
        var roots = new X509Certificate2Collection();
        foreach (var file in files)
        {
            var before = roots.Count;
            try
            {
                roots.ImportFromPemFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                throw new InvalidDataException($"upstream.ca_files: {file} cannot be read as PEM certificates.", e);
            }

            if (roots.Count == before)
            {
                throw new InvalidDataException($"upstream.ca_files: {file} holds no certificate.");
            }
        }

        return new UpstreamTrust(roots);
    }

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors is SslPolicyErrors.None)
        {
            return true;
        }

        // Anything but an unknown root (a wrong name, no certificate) stays an error.
        if (errors is not SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf || chain is null)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(extraRoots);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return own.Build(leaf);
    }
}
