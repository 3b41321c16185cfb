using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Whom the upstream leg believes: the system's authorities and the operator's <c>upstream.ca_files</c>, chain and name both checked,
/// TLS 1.2 at least. Revocation is not checked: most clients do not, and a stalled responder would stop every agent.
/// <para>The operator's few are asked first: the library puts the system's hundred and more into a new store for each chain that it builds.</para>
/// </summary>
internal sealed class UpstreamTrust(X509Certificate2Collection extraRoots)
{
    public SslClientAuthenticationOptions Options => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = extraRoots.Count > 0 ? ByOwnRoots(mayDownload: false) : null,
        RemoteCertificateValidationCallback = extraRoots.Count > 0 ? Validate : null,
    };

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

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
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
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

        var sent = chain.ChainPolicy.ExtraStore;
        return Builds(leaf, sent, BySystemRoots()) || Builds(leaf, sent, ByOwnRoots(mayDownload: true));
    }

    private static bool Builds(X509Certificate2 leaf, X509Certificate2Collection sent, X509ChainPolicy policy)
    {
        policy.ExtraStore.AddRange(sent);
        using var chain = new X509Chain { ChainPolicy = policy };
        return chain.Build(leaf);
    }

    private static X509ChainPolicy BySystemRoots() => new() { RevocationMode = X509RevocationMode.NoCheck, ApplicationPolicy = { ServerAuthentication } };

    /// <param name="mayDownload">Certificates between leaf and root that the upstream did not send.</param>
    private X509ChainPolicy ByOwnRoots(bool mayDownload)
    {
        var policy = BySystemRoots();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(extraRoots);
        policy.DisableCertificateDownloads = !mayDownload;
        return policy;
    }
}
