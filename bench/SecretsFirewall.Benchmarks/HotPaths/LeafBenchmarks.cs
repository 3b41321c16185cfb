using System.Globalization;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SecretsFirewall.Interception;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>A leaf for a name: minted, made ready for a handshake, and found again. The floor is one signature of the same kind.</summary>
[MemoryDiagnoser]
public class LeafBenchmarks : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _content = new byte[500];
    private CertificateAuthority? _authority;
    private LeafCertificateCache? _cache;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var folder = Directory.CreateTempSubdirectory("sfw-bench-ca-");
        try
        {
            var (certificate, key) = CertificateAuthority.Create(TimeProvider.System);
            var (certificateFile, keyFile) = (Path.Combine(folder.FullName, "ca.pem"), Path.Combine(folder.FullName, "ca.key"));
            File.WriteAllText(certificateFile, certificate);
            File.WriteAllText(keyFile, key);
            var options = new InterceptionOptions();
            if (CertificateAuthority.TryLoad(certificateFile, keyFile, options, TimeProvider.System, out _authority) is not CertificateAuthorityError.None and var error)
            {
                throw new InvalidOperationException($"The authority does not load: {error}.");
            }

            _cache = new LeafCertificateCache(_authority!, options, TimeProvider.System);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _authority?.Dispose();
        _key.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public byte[] Sign() => _key.SignData(_content, HashAlgorithmName.SHA256);

    [Benchmark]
    public int Mint()
    {
        using var leaf = _authority!.MintLeaf("api.example.com");
        return leaf.SerialNumber.Length;
    }

    [Benchmark]
    public object NewName() => _cache!.Get(string.Create(CultureInfo.InvariantCulture, $"t{_next++}.example.com"));

    [Benchmark]
    public object KnownName() => _cache!.Get("api.example.com");
}
