using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.Cli.Demo;

/// <summary>
/// A throw-away CA and one leaf for names that nobody owns here. The keys live in memory and die with the process,
/// so that nothing which trusts this CA for a demonstration trusts anything afterwards.
/// </summary>
internal sealed class LoopbackCertificates : IDisposable
{
    // Long enough for the longest bench, short enough to be worthless tomorrow.
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    // A clock that a second process reads a moment earlier must not find the certificate in the future.
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    private LoopbackCertificates(X509Certificate2 authority, X509Certificate2 leaf)
    {
        Authority = authority;
        Leaf = leaf;
    }

    public X509Certificate2 Authority { get; }

    /// <summary>With its private key; vouches for every name that <see cref="Create"/> was given, wildcards included.</summary>
    public X509Certificate2 Leaf { get; }

    public string AuthorityPem => Authority.ExportCertificatePem();

    public static LoopbackCertificates Create(IReadOnlyCollection<string> names, TimeProvider time)
    {
        var from = time.GetUtcNow() - Backdated;
        var to = from + Lifetime;

        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A subject of its own: whoever trusts two of these finds an issuer by its name.
        var subject = $"CN=Loopback throw-away CA {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        var request = new CertificateRequest(subject, authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var authority = request.CreateSelfSigned(from, to);

        return new LoopbackCertificates(authority, IssueLeaf(authority, names, from, to));
    }

    public void Dispose()
    {
        Leaf.Dispose();
        Authority.Dispose();
    }

    private static X509Certificate2 IssueLeaf(X509Certificate2 authority, IReadOnlyCollection<string> names, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Loopback upstream", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        request.CertificateExtensions.Add(SubjectNames(names));
        using var issued = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    private static X509Extension SubjectNames(IReadOnlyCollection<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            builder.AddDnsName(name);
        }

        builder.AddIpAddress(IPAddress.Loopback);
        return builder.Build();
    }
}
