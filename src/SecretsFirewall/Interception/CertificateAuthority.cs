using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.Interception;

/// <summary>Why an authority cannot be used.</summary>
internal enum CertificateAuthorityError
{
    None = 0,

    /// <summary>The certificate or its key is missing or unreadable.</summary>
    Unreadable,

    /// <summary>Not PEM, not EC, not a CA, or the key is another certificate's.</summary>
    Invalid,

    /// <summary>Past its end: no client would accept a leaf.</summary>
    Expired,
}

/// <summary>
/// The authority that this installation's agents trust. Its key never leaves the home; a leaf is minted for each name that an agent
/// asks for, all with one key, since minting a key costs more than signing with it.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    /// <summary>Long enough to outlast an installation's attention, short enough to force one renewal in a while.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(730);

    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly PublicKey _leafPublicKey;
    private readonly X509Extension[] _ofEachLeaf;
    private readonly InterceptionOptions _options;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 certificate, InterceptionOptions options, TimeProvider time)
    {
        _certificate = certificate;
        _leafPublicKey = new PublicKey(_leafKey);
        _ofEachLeaf =
        [
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true),
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false),
            new X509SubjectKeyIdentifierExtension(_leafPublicKey, critical: false),
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false),
        ];
        _options = options;
        _time = time;
        Constraints = NameConstraints.Of(certificate);
    }

    /// <summary>What it can vouch for; null for every name.</summary>
    public NameConstraints? Constraints { get; }

    /// <summary>The certificate alone; the key is not in it.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    public string Subject => _certificate.Subject;

    /// <summary>SHA-256 of the certificate, upper-case hex: what a person compares before trusting it.</summary>
    public string Fingerprint => _certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public DateTimeOffset NotAfter => new(_certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Makes a new authority: EC P-256, path length 0, may sign certificates and revocation lists, nothing else.</summary>
    /// <param name="constraints">What it is to vouch for; null for every name.</param>
    public static (string CertificatePem, string KeyPem) Create(TimeProvider time, NameConstraints? constraints = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = NewSerial();
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"Secrets Firewall CA {Convert.ToHexStringLower(serial.AsSpan(0, 4))}");
        name.AddOrganizationName("Secrets Firewall, this installation only");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (constraints is not null)
        {
            request.CertificateExtensions.Add(constraints.ToExtension());
        }

        var now = time.GetUtcNow();
        using var certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - TimeSpan.FromHours(1), now + Lifetime, serial);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Loads the authority from two PEM files.</summary>
    public static CertificateAuthorityError TryLoad(
        string certificateFile, string keyFile, InterceptionOptions options, TimeProvider time, out CertificateAuthority? authority)
    {
        authority = null;
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CertificateAuthorityError.Unreadable;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return CertificateAuthorityError.Invalid;
        }

        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().SingleOrDefault() is not { CertificateAuthority: true }
            || certificate.GetECDsaPrivateKey() is null)
        {
            certificate.Dispose();
            return CertificateAuthorityError.Invalid;
        }

        try
        {
            authority = new CertificateAuthority(certificate, options, time);
        }
        catch (AsnContentException)
        {
            certificate.Dispose();
            return CertificateAuthorityError.Invalid; // constraints that are not as we write them
        }

        if (authority.NotAfter <= time.GetUtcNow())
        {
            authority.Dispose();
            authority = null;
            return CertificateAuthorityError.Expired;
        }

        return CertificateAuthorityError.None;
    }

    /// <summary>
    /// Mints a leaf for a normalised host: SAN only, server authentication, the authority's key id (RFC 5280 section 4.2.1.1), a random
    /// 128-bit serial. Never outlives the authority. Minted beyond the authority's constraints too: clients that look at them reject it, and the
    /// others read why they are refused.
    /// </summary>
    public X509Certificate2 MintLeaf(string host)
    {
        var request = new CertificateRequest(SubjectOf(host), _leafPublicKey, HashAlgorithmName.SHA256);
        foreach (var extension in _ofEachLeaf)
        {
            request.CertificateExtensions.Add(extension);
        }

        request.CertificateExtensions.Add(AlternativeNameOf(host));

        var now = _time.GetUtcNow();
        var end = now + _options.LeafLifetime - _options.Backdate;
        using var key = _certificate.GetECDsaPrivateKey()!; // not safe for concurrent use
        using var leaf = request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - _options.Backdate, end < NotAfter ? end : NotAfter, NewSerial());
        var usable = leaf.CopyWithPrivateKey(_leafKey);
        if (!OperatingSystem.IsWindows())
        {
            return usable;
        }

        // SChannel cannot use a key that lives in memory only.
        using (usable)
        {
            return X509CertificateLoader.LoadPkcs12(usable.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    public void Dispose()
    {
        _leafKey.Dispose();
        _certificate.Dispose();
    }

    private static X509Extension AlternativeNameOf(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        return names.Build();
    }

    /// <summary>
    /// The common name is for people; it holds at most 64 characters (RFC 5280, upper bounds), so longer hosts go without. So do addresses, which
    /// some clients hold against the constraints for names.
    /// </summary>
    private static X500DistinguishedName SubjectOf(string host)
    {
        var name = new X500DistinguishedNameBuilder();
        if (host.Length <= 64 && !System.Net.IPAddress.TryParse(host, out _))
        {
            name.AddCommonName(host);
        }

        return name.Build();
    }

    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive, and never a leading zero
        return serial;
    }
}
