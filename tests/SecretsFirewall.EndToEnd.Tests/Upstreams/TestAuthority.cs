using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// The authority behind the test upstreams. Made anew for each run, so no key lies in the repository, and nothing outside the test trusts it.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, X509Certificate2> _leaves = new();
    private readonly X509Certificate2 _root;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Upstream test authority", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(_now.AddDays(-30), _now.AddDays(30));
    }

    /// <summary>The root, for <c>upstream.ca_files</c>.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>A certificate that is in order for <paramref name="host"/>; the same object for the same host.</summary>
    public X509Certificate2 Leaf(string host) => _leaves.GetOrAdd(host, name => Issue(name, _now.AddDays(-1), _now.AddDays(7)));

    /// <summary>Another one each time.</summary>
    public X509Certificate2 FreshLeaf(string host) => Issue(host, _now.AddDays(-1), _now.AddDays(7));

    public X509Certificate2 ExpiredLeaf(string host) => Issue(host, _now.AddDays(-20), _now.AddDays(-1));

    public X509Certificate2 SelfSignedLeaf(string host) => LeafRequest(host).CreateSelfSigned(_now.AddDays(-1), _now.AddDays(7));

    public void Dispose()
    {
        foreach (var leaf in _leaves.Values)
        {
            leaf.Dispose();
        }

        _root.Dispose();
        _rootKey.Dispose();
        _leafKey.Dispose();
    }

    private X509Certificate2 Issue(string host, DateTimeOffset from, DateTimeOffset until)
    {
        using var bare = LeafRequest(host).Create(_root, from, until, RandomNumberGenerator.GetBytes(16));
        return bare.CopyWithPrivateKey(_leafKey);
    }

    private CertificateRequest LeafRequest(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        var request = new CertificateRequest($"CN={host}", _leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request;
    }
}
